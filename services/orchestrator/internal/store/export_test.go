package store

// Ahead is what a queued run waits for, looked up for tests after it was read.
var Ahead = (*Store).ahead
