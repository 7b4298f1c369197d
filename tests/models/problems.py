"""Small problems for the tests of the algorithms: those of the laws."""

from learnscope.laws.problems import LETTERS, blobs, make_problem, regression_problem, tilted_cloud, values_problem

__all__ = ("LETTERS", "blobs", "make_problem", "regression_problem", "tilted_cloud", "values_problem")
