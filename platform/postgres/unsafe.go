package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/streamflow/streamflow/platform/relation"
)

// unsafe are settings that only a superuser changes, so that no session of ours can pin
// them, and under which PostgreSQL does not keep what it promises.
var unsafe = []struct{ name, value, why string }{
	{"session_replication_role", "replica", "foreign keys are not checked under it, and triggers do not fire"},
	{"zero_damaged_pages", "on", "rows on damaged pages go missing under it without an error"},
	{"ignore_checksum_failure", "on", "damaged pages are read as if they were whole under it"},
}

// unsafeSQL is true where any of them is set. It is asked before the session is pinned,
// so that its operators are named with their schema, like its functions.
var unsafeSQL = func() string {
	parts := make([]string, len(unsafe))
	for i, s := range unsafe {
		parts[i] = "pg_catalog.current_setting('" + s.name + "') operator(pg_catalog.=) '" + s.value + "'"
	}
	return strings.Join(parts, " or ")
}()

// unsafeSourceSQL asks which of them are set, and where.
const unsafeSourceSQL = `
select s.name, s.setting, s.source, current_user::pg_catalog.text, pg_catalog.current_database()
  from pg_catalog.pg_settings s where s.name operator(pg_catalog.=) any (pg_catalog.string_to_array($1, ','))`

// refuseUnsafe says which setting a session cannot work under, and what takes it away.
func refuseUnsafe(ctx context.Context, conn *pgconn.PgConn) error {
	names := make([]string, len(unsafe))
	for i, s := range unsafe {
		names[i] = s.name
	}
	answer := conn.ExecParams(ctx, unsafeSourceSQL, [][]byte{[]byte(strings.Join(names, ","))}, nil, nil, nil).Read()
	if answer.Err != nil {
		return fmt.Errorf("ask for the settings of the session: %w", answer.Err)
	}
	var said []string
	for _, s := range unsafe {
		for _, row := range answer.Rows {
			if name, setting := string(row[0]), string(row[1]); name == s.name && setting == s.value {
				said = append(said, fmt.Sprintf("expected %s not to be %s, found that it is: %s; %s",
					s.name, s.value, s.why, reset(s.name, string(row[2]), string(row[3]), string(row[4]))))
			}
		}
	}
	return fmt.Errorf("the session cannot be worked in: %s", strings.Join(said, "; "))
}

// reset says what takes a setting away from where it came from, as pg_settings names it.
func reset(name, source, role, database string) string {
	role, database = relation.Quote(role), relation.Quote(database)
	switch source {
	case "user":
		return "alter role " + role + " reset " + name
	case "database user":
		return "alter role " + role + " in database " + database + " reset " + name
	case "database":
		return "alter database " + database + " reset " + name
	case "global":
		return "alter role all reset " + name
	case "client", "environment variable":
		return "take it out of the options of the database's address, or of PGOPTIONS"
	default:
		return "alter system reset " + name + "; select pg_reload_conf(), or take it out of postgresql.conf"
	}
}
