package postgres

import (
	"context"
	"fmt"
	"strings"
)

// loggedSQL names the settings by which a server's log gets values of rows out of sessions
// of the role, with the value that keeps them out.
const loggedSQL = `
select coalesce(array_agg(s.name || ' = ' || w.want order by s.name), '{}')
  from pg_catalog.pg_settings s
  join (values ('log_min_error_statement', 'panic', 'panic fatal log'), ('log_error_verbosity', 'terse', 'terse'),
               ('log_parameter_max_length', '0', '0')) w (name, want, fine) on w.name = s.name
 where s.setting <> all (string_to_array(w.fine, ' '))`

// Logged says how the server's log gets values of rows that the session works on: as
// statements behind an error, as the row that a constraint refused, as parameters. It
// returns what a superuser does about it; nothing where the log gets none.
func (p *Pool) Logged(ctx context.Context) (mend string, err error) {
	var role string
	var open []string
	err = p.QueryRow(ctx, "select current_user::text, ("+loggedSQL+")").Scan(&role, &open)
	if err != nil {
		return "", fmt.Errorf("look what the server's log gets: %w", err)
	}
	for i, set := range open {
		open[i] = "alter role " + role + " set " + set
	}
	return strings.Join(open, "; "), nil
}
