package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// oldestVersion is the first major version of PostgreSQL that the suite is tested on.
const oldestVersion = 15

// errPooledOwner says that migrations cannot hold their lock where sessions are shared.
var errPooledOwner = errors.New(
	"the owner's database URL goes through a pooler: expected the address of the server itself, " +
		"since migrations hold a lock for as long as their session lasts")

// ownerConfig makes the configuration of the owner's connections: pinned, like those of
// the services, so that no function of anybody's answers where the owner asks.
func ownerConfig(url string) (*pgx.ConnConfig, error) {
	pc, err := pgxpool.ParseConfig(url) // it may say what is for pools, as the services' own do
	if err != nil {
		return nil, fmt.Errorf("owner's database URL: %w", err)
	}
	cc := pc.ConnConfig
	newWay(url).prepare(cc)
	return cc, nil
}

const databaseSQL = `
select pg_catalog.current_database()::text, pg_catalog.current_setting('server_version'),
       pg_catalog.current_setting('server_version_num')::int / 10000, pg_catalog.current_setting('server_encoding')`

// checkDatabase refuses a database that the suite cannot stand on, before anything is
// made in it.
func checkDatabase(ctx context.Context, conn *pgx.Conn) error {
	var name, version, encoding string
	var major int
	if err := conn.QueryRow(ctx, databaseSQL).Scan(&name, &version, &major, &encoding); err != nil {
		return fmt.Errorf("look at the database: %w", err)
	}
	return judge(name, version, major, encoding)
}

func judge(name, version string, major int, encoding string) error {
	if major < oldestVersion {
		return fmt.Errorf("database %s: expected PostgreSQL %d or newer, found %s; "+
			"upgrade the server (pg_upgrade, or pg_dump and restore into a newer one), or name a database of a newer one",
			name, oldestVersion, version)
	}
	if encoding != "UTF8" {
		return fmt.Errorf("database %s: expected the encoding UTF8, found %s, which cannot hold every name and text; "+
			"make another one and name it in the database URLs: create database %s encoding 'UTF8' locale 'C' template template0",
			name, encoding, pgx.Identifier{name + "_utf8"}.Sanitize())
	}
	return nil
}
