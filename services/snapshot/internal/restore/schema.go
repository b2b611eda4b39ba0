package restore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
)

// notLive refuses the schemas that are never written into, whatever stands there.
func (o Order) notLive() error {
	switch {
	case o.Into == dataset.Schema(o.Dataset):
		return refuse(o.Into, "the live tables of dataset %s are there", o.Dataset.GetName())
	case strings.HasPrefix(o.Into, "sf_"):
		return refuse(o.Into, "schemas whose names begin with sf_ are StreamFlow's own")
	case strings.HasPrefix(o.Into, "pg_"), o.Into == "information_schema", o.Into == "public":
		return refuse(o.Into, "it is one that every database of PostgreSQL has")
	}
	return nil
}

func refuse(schema, format string, args ...any) error {
	why := fmt.Sprintf(format, args...)
	return problem.New(problem.SchemaRefused, "expected a schema that is not there, or is empty, found %s: %s; nothing was written", schema, why).
		With("schema", schema).Violate("into", "%s", why)
}

// One restore into a schema at a time: another finds what this one has written, and not
// half of it.
const turnSQL = `select pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('sf_snapshot/restore/' || $1, 0))`

// schemaSQL looks at a schema: whether the service may make tables in it, who the service
// is, and the first thing that stands there, whatever it is.
const schemaSQL = `
select pg_catalog.has_schema_privilege(n.oid, 'CREATE, USAGE'), current_user::text,
       coalesce((select c.relname::text from pg_catalog.pg_class c where c.relnamespace = n.oid order by c.relname collate "C" limit 1),
                (select p.proname::text from pg_catalog.pg_proc p where p.pronamespace = n.oid order by p.proname collate "C" limit 1),
                (select t.typname::text from pg_catalog.pg_type t where t.typnamespace = n.oid order by t.typname collate "C" limit 1), '')
  from pg_catalog.pg_namespace n where n.nspname = $1`

// openSchema makes the schema, or sees that it is empty and may be written to.
func (o Order) openSchema(ctx context.Context, tx pgx.Tx) error {
	var ours bool
	if err := tx.QueryRow(ctx, turnSQL, o.Into).Scan(&ours); err != nil {
		return fmt.Errorf("wait for schema %s: %w", o.Into, err)
	}
	if !ours {
		return refuse(o.Into, "another call restores into it at this moment")
	}
	rows, err := tx.Query(ctx, schemaSQL, o.Into)
	if err != nil {
		return fmt.Errorf("look at schema %s: %w", o.Into, err)
	}
	var may, exists bool
	var role, stands string
	_, err = pgx.ForEachRow(rows, []any{&may, &role, &stands}, func() error {
		exists = true
		return nil
	})
	switch {
	case err != nil:
		return fmt.Errorf("look at schema %s: %w", o.Into, err)
	case !exists:
		_, err := tx.Exec(ctx, "select sf_snapshot.make_schema($1)", o.Into)
		return err
	case stands != "":
		return refuse(o.Into, "%s stands there; drop the schema, or name another", stands)
	case !may:
		return refuse(o.Into, "%s may not make tables in it: grant usage, create on schema %s to %s", role, relation.Quote(o.Into), relation.Quote(role))
	}
	return nil
}

// The codes of PostgreSQL of a schema or table that somebody made meanwhile: on their names
// its own catalogs have unique indexes.
var madeMeanwhile = []string{"42P06", "42P07", "23505"}

// Whoever migrated may lack the right to make schemas by now.
const insufficientPrivilege = "42501"

// refused gives an error its reason where PostgreSQL does not let the tables be made.
func refused(o Order, err error) error {
	switch code := postgres.Code(err); {
	case slices.Contains(madeMeanwhile, code):
		return problem.Wrap(err, problem.SchemaRefused, "schema %s was made or written to by somebody else meanwhile; nothing was written", o.Into).
			With("schema", o.Into)
	case code == insufficientPrivilege:
		return problem.Wrap(err, problem.SchemaRefused, "schema %s cannot be made: %v; make it: create schema %s; grant usage, create on schema %[3]s to sf_snapshot; nothing was written",
			o.Into, err, relation.Quote(o.Into)).With("schema", o.Into)
	}
	return err
}
