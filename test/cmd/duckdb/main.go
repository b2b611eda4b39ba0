//go:build cgo

// Duckdb reads a training set as Parquet and as CSV with DuckDB, which shares no code with
// what wrote them, and prints as JSON which columns of which types it found, and how many
// rows stand in one of the two alone. Tests run it; it is a program of its own so that they
// need no C compiler, and are not linked with a database.
//
//	duckdb FILE.parquet FILE.csv
package main

import (
	"context"
	"database/sql" //nolint:depguard // DuckDB has no other door, and this is no data of ours
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	_ "github.com/duckdb/duckdb-go/v2" // the driver
)

// column is one of the Parquet file, with DuckDB's type.
type column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// found is what is printed.
type found struct {
	Columns     []column `json:"columns"`
	Rows        int64    `json:"rows"`
	Groups      int64    `json:"groups"`
	Compression []string `json:"compression"`
	// OnlyParquet and OnlyCSV are rows of which the other file has fewer.
	OnlyParquet int64 `json:"only_parquet"`
	OnlyCSV     int64 `json:"only_csv"`
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: duckdb FILE.parquet FILE.csv")
		os.Exit(2)
	}
	got, err := compare(context.Background(), os.Args[1], os.Args[2])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(got)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "duckdb:", err)
		os.Exit(1)
	}
}

func compare(ctx context.Context, parquet, csv string) (f found, err error) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	typed := "read_parquet(" + literal(parquet) + ")"
	if f.Columns, err = columns(ctx, db, typed); err != nil {
		return f, err
	}
	casts := make([]string, len(f.Columns))
	for i, c := range f.Columns {
		casts[i] = fmt.Sprintf("cast(%s as %s)", name(c.Name), c.Type)
	}
	text := fmt.Sprintf("(select %s from read_csv(%s, header = true, all_varchar = true, nullstr = '', allow_quoted_nulls = false))",
		strings.Join(casts, ", "), literal(csv))
	for _, one := range []struct {
		query string
		into  any
	}{
		{"select count(*) from " + typed, &f.Rows},
		{"select count(distinct row_group_id) from parquet_metadata(" + literal(parquet) + ")", &f.Groups},
		{"select count(*) from (select * from " + typed + " except all select * from " + text + ")", &f.OnlyParquet},
		{"select count(*) from (select * from " + text + " except all select * from " + typed + ")", &f.OnlyCSV},
	} {
		if err := db.QueryRowContext(ctx, one.query).Scan(one.into); err != nil {
			return f, fmt.Errorf("%s: %w", one.query, err)
		}
	}
	f.Compression, err = texts(ctx, db, "select distinct compression from parquet_metadata("+literal(parquet)+") order by 1")
	return f, err
}

func columns(ctx context.Context, db *sql.DB, of string) (all []column, err error) {
	rows, err := db.QueryContext(ctx, "select column_name, column_type from (describe select * from "+of+")") //nolint:gosec // the names of files that a test has made, quoted
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var c column
		if err := rows.Scan(&c.Name, &c.Type); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, rows.Err()
}

func texts(ctx context.Context, db *sql.DB, query string) (all []string, err error) {
	rows, err := db.QueryContext(ctx, query) //nolint:gosec // as above
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, rows.Err()
}

func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

func name(text string) string { return `"` + strings.ReplaceAll(text, `"`, `""`) + `"` }
