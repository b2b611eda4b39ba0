// Package report tells a person how a run went: its steps with time and rows, what
// became of each table, the quality result, the snapshots, what is worth knowing,
// and, where it failed, every finding in words.
package report
