// Package dataset is the language that a dataset is declared in: the YAML form
// of streamflow.dataset.v1.Dataset.
//
// [Read] turns YAML into a dataset that every service can rely on, or into all
// of its mistakes; [Lint] checks one that did not come from YAML; [Hash] is the
// version of its content. The other functions answer what a declaration means
// (its defaults, the order of publishing, the columns of a snapshot, the dates
// of its calendar), so that no service decides that twice.
//
// The package does no I/O. Package expectation is the catalogue of the rules
// that a dataset may declare, package builtin the dataset that StreamFlow comes
// with, package sample the generator of its data.
package dataset
