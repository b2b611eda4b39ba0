package stage

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/platform/relation"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
	"github.com/streamflow/streamflow/services/ingest/internal/unseen"
)

// alike compares keys that look alike, where the file has a key of which that may be
// true. Keys are compared byte for byte everywhere else.
type alike struct {
	*delivery
	statement.Alike
	conn *pgx.Conn
}

// textsOf are the columns of the key that are texts.
func textsOf(t *declared.Table) []string {
	var out []string
	for _, k := range t.Key {
		if c, _ := t.Column(k); newTarget(t, c, 0).watched {
			out = append(out, k)
		}
	}
	return out
}

// checkAlike adds findings where keys of the file differ from each other, or from a
// live one, only in what cannot be seen. Forms is a name that is free for a table of
// its own, which is gone before the transaction ends.
func (d *delivery) checkAlike(ctx context.Context, conn *pgx.Conn, c, forms relation.Relation) error {
	a := &alike{d, statement.Alike{Table: d.table, Texts: textsOf(d.table), Candidate: c, Forms: forms}, conn}
	if len(a.Texts) == 0 {
		return nil
	}
	if _, err := conn.Exec(ctx, statement.Drop(forms)+"; "+a.Create()); err != nil {
		return fmt.Errorf("create %s: %w", forms, err)
	}
	if err := a.fill(ctx, c, false); err != nil {
		return err
	}
	if err := a.twins(ctx); err != nil {
		return err
	}
	if err := a.whereLive(ctx); err != nil {
		return err
	}
	_, err := conn.Exec(ctx, statement.Drop(forms))
	return err
}

// keysPerFetch is how many keys are looked at in one piece.
const keysPerFetch = 2_000

// fill takes the keys of a relation whose form is another text into the table of forms.
func (a *alike) fill(ctx context.Context, from relation.Relation, live bool) error {
	declare := "declare sf_strange no scroll cursor for " + a.Strange(from, live)
	if _, err := a.conn.Exec(ctx, declare); err != nil {
		return fmt.Errorf("look at the keys of %s: %w", from, err)
	}
	for {
		rows, err := a.conn.Query(ctx, fmt.Sprintf("fetch %d from sf_strange", keysPerFetch), pgx.QueryExecModeExec)
		if err != nil {
			return fmt.Errorf("read the keys of %s: %w", from, err)
		}
		keys, err := pgx.CollectRows(rows, toKeyAt)
		if err != nil {
			return fmt.Errorf("read the keys of %s: %w", from, err)
		}
		if len(keys) == 0 {
			break
		}
		if err := a.insert(ctx, keys, live); err != nil {
			return err
		}
	}
	_, err := a.conn.Exec(ctx, "close sf_strange; analyze "+a.Forms.SQL())
	return err
}

// keyAt is a key as text, and its line.
type keyAt struct {
	line int64
	key  []string
}

func toKeyAt(row pgx.CollectableRow) (k keyAt, err error) { return k, row.Scan(&k.line, &k.key) }

// formsOf returns the forms of a key's texts, and whether any is another text.
func formsOf(t *declared.Table, texts, key []string) (forms []string, odd bool) {
	for i, k := range t.Key {
		for _, text := range texts {
			if text == k {
				form := string(unseen.Form([]byte(key[i])))
				forms, odd = append(forms, form), odd || form != key[i]
			}
		}
	}
	return forms, odd
}

// insert takes those keys in whose form is another text.
func (a *alike) insert(ctx context.Context, keys []keyAt, live bool) error {
	var lines []int64
	columns := make([][]string, len(a.Table.Key)+len(a.Texts))
	for _, k := range keys {
		forms, odd := formsOf(a.Table, a.Texts, k.key)
		if !odd {
			continue
		}
		lines = append(lines, k.line)
		for i, v := range append(append([]string(nil), k.key...), forms...) {
			columns[i] = append(columns[i], v)
		}
	}
	if len(lines) == 0 {
		return nil
	}
	args := []any{pgx.QueryExecModeExec, live, lines}
	for _, c := range columns {
		args = append(args, c)
	}
	if _, err := a.conn.Exec(ctx, a.Insert(), args...); err != nil {
		return fmt.Errorf("note the forms of keys: %w", err)
	}
	return nil
}

// unseenParts are what keys that look alike may differ in.
const unseenParts = "normal form, or in blanks around them or invisible characters"

func besides(said, more string) string {
	if more == "" {
		return said
	}
	return said + ": " + more
}

// twins adds a finding where keys of the file look alike.
func (a *alike) twins(ctx context.Context) error {
	var all, keys int64
	rows, err := a.conn.Query(ctx, a.Twins(), pgx.QueryExecModeExec, maxRows, linesPerKey)
	if err != nil {
		return fmt.Errorf("look for keys of %s that look alike: %w", a.Candidate, err)
	}
	at, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*stepv1.RowLocation, error) {
		var key []string
		var first []int64
		var line, n int64
		if err := row.Scan(&key, &line, &first, &n, &all, &keys); err != nil {
			return nil, err
		}
		return &stepv1.RowLocation{File: a.table.File, Line: line, Key: a.shownKey(key), Detail: besides(lines(first, n), oddities(key))}, nil
	})
	if err != nil || len(at) == 0 {
		return err
	}
	f := a.find(problem.DuplicateKeys, fmt.Sprintf("keys (%s) that can be told apart", strings.Join(a.table.Key, ", ")),
		fmt.Sprintf("%s that look like %s, and differ only in %s, the first %q on %s",
			prose.Count(all, "row"), prose.Count(keys, "key"), unseenParts, quotable(strings.Join(at[0].GetKey(), ", ")), at[0].GetDetail()),
		"Deliver each key once, written in one way; trim: true takes off what stands around it.")
	f.Count, f.Rows = all, at
	return nil
}

// whereLive adds a finding where a new key looks like one that is live. A live table that is
// not as declared is for others to judge.
func (a *alike) whereLive(ctx context.Context) error {
	if _, err := a.conn.Exec(ctx, "savepoint sf_alike"); err != nil {
		return err
	}
	err := a.compareLive(ctx)
	if err == nil {
		_, err = a.conn.Exec(ctx, "release savepoint sf_alike")
		return err
	}
	if !postgres.IsUndefinedTable(err) && !strings.HasPrefix(postgres.Code(err), "42") {
		return err
	}
	_, err = a.conn.Exec(ctx, "rollback to savepoint sf_alike")
	return err
}

func (a *alike) compareLive(ctx context.Context) error {
	open, err := a.names.Open(ctx, a.conn, a.table.Live)
	if err != nil {
		return err
	}
	a.Open = open
	if err := a.fill(ctx, a.table.Live, true); err != nil {
		return err
	}
	var all int64
	rows, err := a.conn.Query(ctx, a.LiveTwins(), pgx.QueryExecModeExec, maxRows)
	if err != nil {
		return fmt.Errorf("compare the keys of %s with those of %s: %w", a.Candidate, a.table.Live, err)
	}
	at, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*stepv1.RowLocation, error) {
		var key, live []string
		var line int64
		if err := row.Scan(&key, &line, &live, &all); err != nil {
			return nil, err
		}
		return &stepv1.RowLocation{File: a.table.File, Line: line, Key: a.shownKey(key), Detail: besideAlike(key, live, a.veil, "live as")}, nil
	})
	if err != nil || len(at) == 0 {
		return err
	}
	differ := "differ"
	if all == 1 {
		differ = "differs"
	}
	f := a.find(problem.DuplicateKeys, fmt.Sprintf("keys (%s) written as those of %s are", strings.Join(a.table.Key, ", "), a.table.Live),
		fmt.Sprintf("%s that %s from a live one only in %s, the first %q on line %d: %s",
			prose.Count(all, "key"), differ, unseenParts, quotable(strings.Join(at[0].GetKey(), ", ")), at[0].GetLine(), at[0].GetDetail()),
		fmt.Sprintf("Deliver the keys as they were; or, where they are to be written so from now on, change the live ones first, with an update of %s.", a.table.Live))
	f.Count, f.Rows = all, at
	a.rejects.delivered.Unknown += all // written otherwise, they have not departed
	return nil
}

// besideAlike says how a key differs from one that looks alike, which stands elsewhere:
// "U+0020 at its end; live as "Ann"". The veil is that of the other's table.
func besideAlike(key, other []string, veil *personal.Veil, elsewhere string) string {
	mine, theirs := oddities(key), oddities(other)
	said := fmt.Sprintf("%s %q", elsewhere, quotable(strings.Join(cutAll(veil.Key(other)), ", ")))
	if mine != "" {
		said = mine + "; " + said
	}
	if theirs != "" {
		said += " (" + theirs + ")"
	}
	return said
}

// oddities names what keeps the values of a key from being their own forms.
func oddities(key []string) string {
	var said []string
	for _, v := range key {
		if odd := unseen.Oddity([]byte(v)); odd != "" {
			said = append(said, odd)
		}
	}
	return strings.Join(said, ", ")
}
