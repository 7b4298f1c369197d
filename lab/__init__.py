"""The laboratory without a window.

The words, one meaning each:

Dataset      named columns in original units, targets, class names (lab/data/datasets.py).
Problem      what a learner sees: scaled features, targets, scaler, device; a run owns it for ever.
Learner      the hyper-parameters and mathematics of one algorithm, a frozen value with nothing fitted in it.
State        everything learned so far, immutable.
Iteration    the natural unit of the algorithm: one sample, one mini-batch, one assign-and-move, one neighbour.
Moment       a state worth looking at within an iteration.
Frame        what is addressed by (iteration, moment); (0, 0) is the start.
Draws        the random stream, keyed by seed and iteration.
Change       something a person did to a running experiment.
Schedule     ((iteration, Change), ...).
Timeline     the frames of a run, seekable.
Run          problem + learner + seed + schedule + numeric path + timeline.
Experiment   algorithm and settings at iteration 0, seed, device, scaling, train share.
Project      dataset + experiments + view: the document.
Mark         one thing to draw, without pixels or colours.
Picture      the marks of one frame, evaluated.
Packet       what crosses to the window.
"""
