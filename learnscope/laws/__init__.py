"""The laws: what every algorithm keeps to. `python -m learnscope.laws NAME` runs them over an algorithm from elsewhere.

contract: the laws, as tests for pytest, which is imported there alone. problems: the small problems they pose.
"""
