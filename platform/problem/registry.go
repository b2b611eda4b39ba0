package problem

import "slices"

// untouched is what was kept by most refusals.
const untouched = "Live tables and history are as they were."

// registry holds every reason, in the order in which the reference tells them.
var registry = slices.Concat(ofDatasets, ofFiles, ofLive, ofHistory, ofTrainingSets, ofCalls)
