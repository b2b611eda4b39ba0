package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"text/template"
	"time"

	"github.com/jackc/pgx/v5"
)

var (
	//go:embed schema.sql
	schema string
	//go:embed month.sql.tmpl
	monthText string
	month     = template.Must(template.New("month").Parse(monthText))
)

// script is the hand-written way: psql and a file of SQL.
type script struct {
	psql, url, data, dir string
}

func (b *bench) openScript(ctx context.Context, url string) (side, error) {
	psql, err := findPsql(b.pg.Bin())
	if err != nil {
		return nil, err
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, schema); err != nil {
		return nil, fmt.Errorf("make the script's tables: %w", err)
	}
	return &script{psql: psql, url: url, data: b.data, dir: b.dir}, nil
}

// findPsql looks beside the server first; some packages carry the server only.
func findPsql(bin string) (string, error) {
	if p := filepath.Join(bin, "psql"); exec.Command(p, "--version").Run() == nil { //nolint:noctx // answers at once
		return p, nil
	}
	p, err := exec.LookPath("psql")
	if err != nil {
		return "", errors.New("the script needs psql, which is neither beside the server nor in PATH: install postgresql-client")
	}
	return p, nil
}

func (s *script) month(ctx context.Context, d delivery) (time.Duration, error) {
	var text bytes.Buffer
	if err := month.Execute(&text, map[string]string{"Dir": filepath.Join(s.data, d.folder), "AsOf": d.asOf}); err != nil {
		return 0, err
	}
	file := filepath.Join(s.dir, "month.sql")
	if err := os.WriteFile(file, text.Bytes(), 0o600); err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, s.psql, "--no-psqlrc", "--quiet", "--file", file, s.url)
	begun := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("psql: %w\n%s", err, out)
	}
	return time.Since(begun), nil
}

func (*script) close(context.Context) error { return nil }
