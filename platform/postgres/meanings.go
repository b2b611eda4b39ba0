package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/problem"
)

// meaningsSQL asks how the settings that are pinned stand, in the order of meanings.
var meaningsSQL = func() string {
	parts := make([]string, len(meanings))
	for i, s := range meanings {
		parts[i] = "pg_catalog.current_setting('" + s.name + "')"
	}
	return "select array[" + strings.Join(parts, ", ") + "]"
}()

// SettingsKept makes sure, at the end of a transaction, that nothing in it has changed by
// what names and texts mean: a trigger, a default or an event trigger of the users' own is a
// function that may. What it set stays for the statements after it, and for those who get
// the session next: dates would be written that nobody reads. Errors: LIVE_TABLE_DIFFERS.
func SettingsKept(ctx context.Context, conn *pgx.Conn) error {
	var found []string
	if err := conn.QueryRow(ctx, meaningsSQL, pgx.QueryExecModeSimpleProtocol).Scan(&found); err != nil {
		return fmt.Errorf("ask for the settings of the session: %w", err)
	}
	var said []string
	p := problem.New(problem.LiveTableDiffers, "")
	for i, s := range meanings {
		if strings.EqualFold(found[i], s.value) {
			continue
		}
		said = append(said, fmt.Sprintf("%s to stay %q, found %q", s.name, s.value, found[i]))
		p = p.Violate(s.name, "expected it to stay %q, found %q", s.value, found[i])
	}
	if len(said) == 0 {
		return nil
	}
	p.Message = "expected " + strings.Join(said, "; ") + " after the tables were written: a function that PostgreSQL calls for it, as that of a trigger, a default or an event trigger, " +
		"changed it for whatever comes after; have it change it for itself alone (alter function … set …), or keep it from being called; nothing was written"
	return p
}
