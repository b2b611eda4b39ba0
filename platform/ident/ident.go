// Package ident makes the identifiers of runs, batches, validations, training sets, tokens
// and chains of the audit log: a kind, an underscore, and a ULID in lower case
// (https://github.com/ulid/spec), so that they sort by the time they were made. Any unique part of it stands for
// the whole.
package ident

import (
	"strings"

	"github.com/oklog/ulid/v2"
)

// Kinds of identifiers.
const (
	Run        = "run"
	Batch      = "bat"
	Validation = "val"
	Request    = "req"
	Training   = "trn"
	Token      = "tok"
	Chain      = "chn"
	Grant      = "gra"
)

// New returns a new identifier of a kind. It is safe for concurrent use.
func New(kind string) string {
	return kind + "_" + strings.ToLower(ulid.Make().String())
}
