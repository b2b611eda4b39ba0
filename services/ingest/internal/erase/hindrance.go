package erase

import (
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/streamflow/streamflow/platform/erasing"
)

// hindrance says what keeps rows from going, where it is something on their table: a row of
// the users' own that refers to them, a trigger, a privilege that is missing. It names no
// value, since that would be the key.
func hindrance(err error) (says string, kept bool) {
	var stays *erasing.KeptError
	if errors.As(err, &stays) {
		return stays.Error(), true
	}
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return "", false
	}
	switch {
	case strings.HasPrefix(pg.Code, "23"), pg.Code == "42501", pg.Code == "0A000", pg.Code == "55000", strings.HasPrefix(pg.Code, "P0"):
		return pg.Message, true
	}
	return "", false
}
