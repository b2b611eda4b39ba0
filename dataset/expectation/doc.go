// Package expectation is the catalogue of the rules that a dataset may declare:
// which kinds there are, under Great Expectations' own names, which arguments
// each takes, and what it means. The lint, the pages of the documentation and
// the quality service all read it, so that they cannot disagree.
//
// [All] and [Lookup] give the catalogue, [Check] finds what is wrong with an
// expectation that a dataset declares, and [Decode] gives its arguments as Go
// values to whoever evaluates it. Evaluating is the quality service's.
package expectation
