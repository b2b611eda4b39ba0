package stamp

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// readSchemaMark is the comment of a schema of views, with the dataset behind it. The
// function that makes them writes it.
const readSchemaMark = "StreamFlow: views to read of dataset "

// schemaOwner is whose a schema is.
type schemaOwner struct {
	exists bool
	// owner is the role that owns it, and comment what is said of it.
	owner, comment string
	// madeByUs says that the role is the one that makes schemas of views.
	madeByUs bool
}

// is says whether it is the schema of a dataset's views.
func (o schemaOwner) is(dataset string) bool {
	return o.madeByUs && o.comment == readSchemaMark+dataset
}

const schemaOwnerSQL = `
select pg_catalog.pg_get_userbyid(n.nspowner)::text, coalesce(pg_catalog.obj_description(n.oid, 'pg_namespace'), ''),
       n.nspowner = (select p.proowner from pg_catalog.pg_proc p where p.oid = 'sf_snapshot.make_read_schema(text, text)'::regprocedure)
  from pg_catalog.pg_namespace n
 where n.nspname = $1`

func readSchemaOf(ctx context.Context, q postgres.Querier, schema string) (schemaOwner, error) {
	o := schemaOwner{exists: true}
	err := q.QueryRow(ctx, schemaOwnerSQL, schema).Scan(&o.owner, &o.comment, &o.madeByUs)
	if errors.Is(err, pgx.ErrNoRows) {
		return schemaOwner{}, nil
	}
	if err != nil {
		return o, fmt.Errorf("look at schema %s: %w", schema, err)
	}
	return o, nil
}

// foreignReads says of a schema of views that somebody else has what is wrong with it, and
// of a view's name that something else has it.
func foreignReads(ctx context.Context, q postgres.Querier, dataset string, l layout.Layout) ([]relation.Difference, error) {
	if l.Read.Schema == "" {
		return nil, nil
	}
	owner, err := readSchemaOf(ctx, q, l.Read.Schema)
	if err != nil {
		return nil, err
	}
	if !owner.exists {
		return unmakable(ctx, q, l.Read.Schema)
	}
	if !owner.is(dataset) {
		found := "one of role " + owner.owner + ", which StreamFlow did not make for this dataset"
		if owner.comment != "" {
			found += " (its comment: " + owner.comment + ")"
		}
		return []relation.Difference{{
			Found: fmt.Sprintf("read_schema: expected a schema that is the dataset's alone, or none yet, found %s: %s", l.Read.Schema, found),
			Mend:  "declare another read_schema",
		}}, nil
	}
	var all []relation.Difference
	for _, v := range readViews(l, []column{{name: layout.AsOf}}, []string{layout.AsOf}) {
		sight, err := viewAt(ctx, q, v.relation)
		if err != nil {
			return nil, err
		}
		if sight.exists && !sight.ours {
			all = append(all, relation.Difference{
				Found: fmt.Sprintf("expected view %s to be StreamFlow's, or not there yet, found something else under this name", v.relation),
				Mend:  "rename or drop what is called " + v.relation.String(),
			})
		}
	}
	return all, nil
}

const schemaMakerSQL = `
select pg_catalog.pg_get_userbyid(p.proowner)::text, pg_catalog.current_database()::text,
       pg_catalog.has_database_privilege(p.proowner, pg_catalog.current_database(), 'create')
  from pg_catalog.pg_proc p where p.oid = 'sf_snapshot.make_read_schema(text, text)'::regprocedure`

// unmakable says of a schema of views that is not there yet that it cannot be made, where
// whoever migrated the database may not make schemas any more.
func unmakable(ctx context.Context, q postgres.Querier, schema string) ([]relation.Difference, error) {
	var owner, database string
	var may bool
	if err := q.QueryRow(ctx, schemaMakerSQL).Scan(&owner, &database, &may); err != nil {
		return nil, fmt.Errorf("ask who makes schema %s: %w", schema, err)
	}
	if may {
		return nil, nil
	}
	return []relation.Difference{{
		Found: fmt.Sprintf("read_schema: expected schema %s, or that role %s may make it, found neither", schema, owner),
		Mend:  fmt.Sprintf("grant create on database %s to %s", relation.Quote(database), relation.Quote(owner)),
	}}, nil
}
