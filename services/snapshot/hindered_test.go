package snapshot_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

const (
	hungOnRevisions = `create view fees as select number, revision, amount from orders_snapshots_revisions;
		create materialized view sums as select number, sum(amount) as amount from fees group by number;
		grant select on fees to sf_quality; comment on view fees is 'by revision'`
	hungThere = `select concat_ws(' ', c.relname, c.relkind, c.relowner::regrole, c.relacl, split_part(obj_description(c.oid), ', made as', 1)) from pg_class c
		where c.relname in ('fees', 'sums', 'orders_snapshots_revisions') order by 1`
)

// shopNarrow has a column that holds less than history does.
func shopNarrow() *datasetv1.Dataset {
	d := shop("shop")
	d.Tables[1].Columns[1].Type = "numeric(10,2)"
	return d
}

// The view over all revisions is brought back with what hangs on it, and read and kept up
// by the service as before; the superseded revisions are of the new type with the table.
func TestWhatHangsOnTheViewOverAllRevisionsIsNamed(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		d            *datasetv1.Dataset
		rows         map[string]string
		found, type_ string
	}{
		"a type that a run widens":     {shopWide(), shopRowsGrown(), "expected column amount numeric(14,2), found numeric(12,2)", "numeric(14,2)"},
		"a type that a person narrows": {shopNarrow(), shopRows(), "expected column amount numeric(10,2), found numeric(12,2)", "numeric(10,2)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			s.deliver(t, shop("shop"), january, shopRows()).history()
			rows := shopRows()
			rows["orders"] = "values (1, 9, 'u1', 'y')"
			s.correct(t, shop("shop"), january, rows).history()
			s.db.Exec(t, hungOnRevisions)
			before, read := s.db.Rows(t, hungThere), s.db.Rows(t, "select * from fees order by 1, 2, 3")

			check := s.check(t, tc.d)[1]
			require.Len(t, check.GetDifferences(), 1)
			difference := check.GetDifferences()[0]
			require.Equal(t, tc.found+", and materialized view public.sums, view public.fees hang on it", difference.GetFound())
			require.Equal(t, 1, strings.Count(difference.GetMend(), "drop view public.orders_snapshots_revisions;"), difference.GetMend())
			require.NotContains(t, difference.GetMend(), `drop view "public"."orders_snapshots_revisions"`)
			s.db.Exec(t, strings.TrimPrefix(difference.GetMend(), relation.KeepType))

			require.Empty(t, s.check(t, tc.d)[1].GetDifferences())
			require.Equal(t, before, s.db.Rows(t, hungThere))
			require.Equal(t, read, s.db.Rows(t, "select * from fees order by 1, 2, 3"))
			require.Equal(t, []string{tc.type_, tc.type_, tc.type_}, s.db.Rows(t, `select format_type(atttypid, atttypmod) from pg_attribute where attname = 'amount'
				and attrelid in ('orders_snapshots'::regclass, 'orders_snapshots_revisions'::regclass, 'sf_history.orders_snapshots__kept'::regclass)`))
			b := s.deliver(t, tc.d, february, tc.rows)
			_, err := b.expand(false, false)
			require.NoError(t, err)
			b.history()
			require.NotEmpty(t, s.db.Rows(t, "select from orders_snapshots_revisions where as_of = '2024-02-29'"))
			require.Equal(t, before, s.db.Rows(t, hungThere))
		})
	}
}

// A view on the table itself is in the way of a person's change of type as of any other,
// and so is the service's own, which nothing hangs on and the next run makes again.
func TestWhatAPersonChangesIsSaidWithWhatHangsOnIt(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.db.Exec(t, "create view revenue as select amount from orders_snapshots; create view rich as select amount from revenue where amount > 7")

	check := s.check(t, shopNarrow())[1]

	require.Len(t, check.GetDifferences(), 1)
	require.Equal(t, "expected column amount numeric(10,2), found numeric(12,2), and view public.rich, view public.revenue hang on it", check.GetDifferences()[0].GetFound())
	sql, keeps := strings.CutPrefix(check.GetDifferences()[0].GetMend(), relation.KeepType)
	require.True(t, keeps, sql)
	s.db.Exec(t, sql)
	require.Empty(t, s.check(t, shopNarrow())[1].GetDifferences())
	require.Equal(t, []string{"12.50"}, s.db.Rows(t, "select * from rich"))
	b := s.deliver(t, shopNarrow(), february, shopRows())
	_, err := b.expand(false, false)
	require.NoError(t, err)
	b.history()
	require.Len(t, s.db.Rows(t, "select from orders_snapshots_revisions"), 6)
}

// A column that goes takes the view over all revisions with it for a while, and what hangs
// on that.
func TestADroppedColumnUnderTheViewOverAllRevisions(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.db.Exec(t, "alter table orders_snapshots add column extra text")
	s.db.Exec(t, "drop view orders_snapshots_revisions")
	b := s.deliver(t, shop("shop"), february, shopRows())
	_, err := b.prepare()
	require.Error(t, err)
	s.db.Exec(t, "alter table orders_snapshots drop column extra")
	_, err = b.expand(false, false)
	require.NoError(t, err)
	s.db.Exec(t, "alter table orders_snapshots add column extra text")
	s.db.Exec(t, hungOnRevisions)
	before := s.db.Rows(t, hungThere)

	check := s.check(t, shop("shop"))[1]

	require.Len(t, check.GetDifferences(), 1)
	require.Equal(t, "expected no column extra, found it as text, and materialized view public.sums, view public.fees hang on view public.orders_snapshots_revisions", check.GetDifferences()[0].GetFound())
	_, mend, _ := strings.Cut(check.GetDifferences()[0].GetMend(), "drop it with its values: ")
	now, then, ok := strings.Cut(mend, ", and after that run what hung on it, without the column where it is read: ")
	require.True(t, ok, mend)
	s.db.Exec(t, now)
	_, err = b.expand(false, false)
	require.NoError(t, err)
	s.db.Exec(t, then)
	require.Equal(t, before, s.db.Rows(t, hungThere))
	b.history()
}
