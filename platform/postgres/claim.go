package postgres

import (
	"context"
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/relation"
)

//go:embed claim.sql
var claimSQL string

// mark is the line of a role's comment that names the database which the role serves.
// The number counts: a database may be renamed. The name is for people.
var mark = regexp.MustCompile(`(?m)^StreamFlow: serves database (\d+) .*$`)

// claim is what the server knows of a role's use.
type claim struct {
	role, comment string
	// here is the database that is migrated; the number of a database is its oid.
	here     int64
	hereName string
	// in are the databases in which the role has something, with their names.
	in      []int64
	inNames []string
}

// claimRoles marks the roles of the services as those of this database. A role that
// serves another database of the server, which is still there and in use, is refused
// unless the roles are shared: what is set here, such as a password, would be taken
// away there.
func claimRoles(ctx context.Context, tx pgx.Tx, shared bool) error {
	claims, err := readClaims(ctx, tx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(claims, func(c claim) bool { return c.text() != c.comment }) {
		return nil
	}
	// Two databases that claim the roles at once take turns: the second to touch a role
	// waits, and is told to try again, when it sees the claim of the first.
	for _, role := range serviceRoles {
		if _, err := tx.Exec(ctx, "alter role "+relation.Quote(role)+" set idle_in_transaction_session_timeout = '5s'"); err != nil {
			return fmt.Errorf("claim role %s: %w", role, err)
		}
	}
	if claims, err = readClaims(ctx, tx); err != nil {
		return err
	}
	for _, c := range claims {
		if err := c.take(ctx, tx, shared); err != nil {
			return err
		}
	}
	return nil
}

func readClaims(ctx context.Context, tx pgx.Tx) ([]claim, error) {
	rows, err := tx.Query(ctx, claimSQL, serviceRoles)
	if err != nil {
		return nil, fmt.Errorf("look whom the roles serve: %w", err)
	}
	claims, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c claim, err error) {
		err = row.Scan(&c.role, &c.comment, &c.here, &c.hereName, &c.in, &c.inNames)
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("look whom the roles serve: %w", err)
	}
	return claims, nil
}

// take marks the role, unless another database has it.
func (c *claim) take(ctx context.Context, tx pgx.Tx, shared bool) error {
	other, taken := c.taken()
	if taken && shared {
		return nil
	}
	if taken {
		return fmt.Errorf("role %s of this server: expected one that serves database %s alone, found that it serves database %s; "+
			"migrating would give the services of %[3]s other passwords. Give each installation a PostgreSQL server of its own; "+
			"or drop database %[3]s where nothing uses it any more; "+
			"or, where the services of both log in with the same passwords, say so with --shared-roles (SF_SHARED_ROLES=true)",
			c.role, strconv.Quote(c.hereName), strconv.Quote(other))
	}
	var q string
	err := tx.QueryRow(ctx, "select format('comment on role %I is %L', $1::text, $2::text)", c.role, c.text()).Scan(&q)
	if err == nil {
		_, err = tx.Exec(ctx, q)
	}
	if err != nil {
		return fmt.Errorf("claim role %s: %w", c.role, err)
	}
	return nil
}

// taken says whether another database has the role, and which. One that the role is
// marked for counts while the role has something in it: neither a database that was
// dropped nor what a comment says of another server. A role without a mark belongs
// to those that use it.
func (c *claim) taken() (other string, taken bool) {
	if m := mark.FindStringSubmatch(c.comment); m != nil {
		for i, number := range c.in {
			if strconv.FormatInt(number, 10) == m[1] && number != c.here {
				return c.inNames[i], true
			}
		}
		return "", false
	}
	if len(c.in) == 0 || slices.Contains(c.in, c.here) {
		return "", false
	}
	return c.inNames[0], true
}

// text is the comment of the role when it serves this database: what people wrote
// into it stays.
func (c *claim) text() string {
	line := fmt.Sprintf("StreamFlow: serves database %d (%s)", c.here, c.hereName)
	if mark.MatchString(c.comment) {
		return mark.ReplaceAllLiteralString(c.comment, line)
	}
	return strings.TrimPrefix(c.comment+"\n"+line, "\n")
}
