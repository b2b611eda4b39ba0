package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/platform/relation"
)

// ErrBehind says that the migrations of a schema have not run yet.
var ErrBehind = errors.New("migrations have not run yet")

const writeSQL = `
insert into sf_platform.readiness (role, at) values (current_user, clock_timestamp())
on conflict (role) do update set at = excluded.at`

// Ready returns nil once PostgreSQL takes writes, and every set is at least at the
// version that this program was built with.
func Ready(ctx context.Context, pool *Pool, sets ...*Migrations) error {
	for _, set := range sets {
		want, err := set.newest()
		if err != nil {
			return err
		}
		var have int64
		err = pool.QueryRow(ctx, "select coalesce(max(version_id), 0) from "+
			relation.Relation{Schema: set.Schema, Name: "schema_version"}.SQL()+" where is_applied").Scan(&have)
		if IsUndefinedTable(err) || err == nil && have < want {
			return fmt.Errorf("%w: schema %s is at version %d of %d", ErrBehind, set.Schema, have, want)
		}
		if err != nil {
			return fmt.Errorf("ask for the version of %s: %w", set.Schema, err)
		}
	}
	if _, err := pool.Exec(ctx, writeSQL); err != nil {
		return fmt.Errorf("write that the service is ready: %w", err)
	}
	return nil
}

// Knock makes a connection outside of the pool, and closes it: the connections that are
// there do not tell whether others would be let in. One that is refused only for being
// one too many was let in.
func (p *Pool) Knock(ctx context.Context) error {
	conn, err := p.Connect(ctx)
	if Code(err) == codeTooManyConns {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open another connection: %w", err)
	}
	return conn.Close(ctx)
}

// Refused says whether PostgreSQL did not let the role in: a password that is not, or no
// more, the right one, or a rule of pg_hba.conf.
func Refused(err error) bool { return strings.HasPrefix(Code(err), classAuthorization) }
