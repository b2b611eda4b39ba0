package devsuite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/privatepg"
)

// Database is the name of the suite's database on the private server.
const Database = "streamflow"

// duplicateDatabase is PostgreSQL's error code for a database that is there already.
const duplicateDatabase = "42P04"

// openDatabase starts the private server, or takes the one that was given, and
// settles the owner's URL.
func (s *Suite) openDatabase(ctx context.Context) error {
	if s.cfg.DatabaseURL != "" {
		s.ownerURL = s.cfg.DatabaseURL
		return nil
	}
	dir := filepath.Join(s.cfg.DataDir, "postgres")
	if err := closedFolder(dir); err != nil { // its settings say what the server runs
		return err
	}
	var err error
	s.postgres, err = privatepg.Start(ctx, privatepg.Options{
		Dir: dir, Bin: s.cfg.PostgresBin, Log: s.cfg.Log, Fast: s.cfg.Fast,
	})
	if err != nil {
		return err
	}
	s.services.Go(func() error { return s.postgres.Keep(s.running) })
	s.ownerURL = s.postgres.URL(Database)
	if err := createDatabase(ctx, s.postgres.URL("")); err != nil {
		return err
	}
	return writePgpass(s.cfg.DataDir, s.ownerURL)
}

func createDatabase(ctx context.Context, adminURL string) error {
	conn, err := pgx.Connect(ctx, adminURL)
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	_, err = conn.Exec(ctx, "create database "+Database)
	var known *pgconn.PgError
	if err != nil && (!errors.As(err, &known) || known.Code != duplicateDatabase) {
		return fmt.Errorf("create the database %s: %w", Database, err)
	}
	return nil
}

// migrate brings the schemas of the services that have one up to date.
func (s *Suite) migrate(ctx context.Context, specs ...daemon.Spec) error {
	roles := make([]string, 0, len(specs))
	for _, spec := range specs {
		roles = append(roles, spec.Migrations.Role)
	}
	var err error
	if s.passwords, err = ensurePasswords(s.cfg.DataDir, roles); err != nil {
		return err
	}
	for _, spec := range specs {
		url, err := s.passwords.url(s.ownerURL, spec.Migrations.Role)
		if err != nil {
			return err
		}
		err = daemon.Migrate(ctx, spec, daemon.MigrateConfig{
			OwnerURL: s.ownerURL, DatabaseURL: url, DataSchemas: s.cfg.DataSchemas,
			SharedRoles: s.cfg.SharedRoles, Log: s.log(spec.Name),
		})
		if err != nil {
			return fmt.Errorf("%s: %w", spec.Name, err)
		}
	}
	return nil
}
