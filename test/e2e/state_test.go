package e2e

import (
	"fmt"
	"testing"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/builtin"
)

// The live and the snapshot tables of the built-in dataset.
var liveTables, snapshotTables = func() (live, snapshots []string) {
	d := builtin.Streamflow()
	for _, t := range dataset.PublishOrder(d) {
		live = append(live, t.GetName())
	}
	for _, s := range d.GetSnapshots() {
		snapshots = append(snapshots, s.GetName())
	}
	return live, snapshots
}()

// digest is the content of a table: its rows in order, hashed. A table that is not
// there has none.
func (s *suite) digest(t *testing.T, table, where string) string {
	t.Helper()
	if s.rows(t, "select to_regclass($1)", "public."+table)[0] == "<null>" {
		return "not there"
	}
	return s.rows(t, fmt.Sprintf(
		"select count(*) || ' rows ' || coalesce(md5(string_agg(r::text, chr(10) order by r::text collate \"C\")), '') from public.%s r %s", table, where))[0]
}

// state is everything that a reader can see: live tables and snapshots.
func (s *suite) state(t *testing.T) map[string]string {
	t.Helper()
	state := map[string]string{}
	for _, table := range append(append([]string{}, liveTables...), snapshotTables...) {
		state[table] = s.digest(t, table, "")
	}
	return state
}

// live is the state of the live tables only.
func (s *suite) live(t *testing.T) map[string]string {
	t.Helper()
	state := map[string]string{}
	for _, table := range liveTables {
		state[table] = s.digest(t, table, "")
	}
	return state
}

// history is the state of the snapshots of one as_of.
func (s *suite) history(t *testing.T, asOf string) map[string]string {
	t.Helper()
	state := map[string]string{}
	for _, table := range snapshotTables {
		state[table] = s.digest(t, table, "where as_of = '"+asOf+"'")
	}
	return state
}

// versions tells rows that were written again from rows that were left alone.
func (s *suite) versions(t *testing.T, table string) string {
	t.Helper()
	return s.rows(t, "select md5(string_agg(user_id || xmin::text || ctid::text, ',' order by user_id)) from public."+table)[0]
}

// unattached are tables of history that are no partition: left-overs.
func (s *suite) unattached(t *testing.T) []string {
	t.Helper()
	return s.rows(t, `
		select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname = 'sf_history' and c.relkind = 'r' and not c.relispartition order by 1`)
}

// staged are the candidates that stand.
func (s *suite) staged(t *testing.T) []string {
	t.Helper()
	return s.rows(t, `
		select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname = 'sf_staging' and c.relkind = 'r' order by 1`)
}

// orphans are tables that must be gone once a run has succeeded.
func (s *suite) orphans(t *testing.T) []string {
	t.Helper()
	return append(s.unattached(t), s.staged(t)...)
}
