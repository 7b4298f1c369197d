"""What every algorithm is written with: the contract, the words, the marks, the draws.

Algorithm files import from here and from nowhere else in the house.
"""
