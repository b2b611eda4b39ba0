// Package compile turns the expectations of a dataset into SQL over the candidates
// of a batch: one SELECT per table whose aggregates count, for every expectation
// that can be counted row by row, the rows that break it. The few that cannot, such
// as uniqueness, get a pass of their own that says why. It runs nothing.
//
// Names are quoted through platform/relation, and every value of a dataset is a
// parameter with a cast to the column's type, so no expectation can say more than
// its kind does.
package compile
