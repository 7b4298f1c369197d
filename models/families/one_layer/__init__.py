"""Models of one layer of weights: perceptron, linear and logistic regression."""
