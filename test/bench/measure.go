package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/privatepg"
)

// delivery is one month given to both sides.
type delivery struct{ title, asOf, folder string }

var deliveries = []delivery{
	monthOf(0).called("first month"),
	monthOf(1).called("second month"),
	monthOf(1).called("second month again"),
}

// start is the first month's as_of. It is early enough for a history of six years.
var start = time.Date(2020, time.January, 31, 0, 0, 0, 0, time.UTC)

// monthOf is the delivery of a month, counted from 0.
func monthOf(i int) delivery {
	asOf := time.Date(start.Year(), start.Month()+time.Month(i+1), 0, 0, 0, 0, 0, time.UTC)
	return delivery{asOf: asOf.Format(time.DateOnly), folder: fmt.Sprintf("month_%03d", i)}
}

func (d delivery) called(title string) delivery {
	d.title = title
	return d
}

// side is one of the two ways to take a month in.
type side interface {
	month(ctx context.Context, d delivery) (time.Duration, error)
	close(ctx context.Context) error
}

// opener makes a side ready on a fresh database.
type opener struct {
	name string
	open func(ctx context.Context, url string) (side, error)
}

type bench struct {
	bin, dir, data string
	pg             *privatepg.Server
	rounds         int
	databases      int
}

// measure runs every round on fresh databases and prints the table of one size.
func (b *bench) measure(ctx context.Context, users int) error {
	took := map[string][]time.Duration{}
	for range b.rounds {
		for _, s := range []opener{{"script", b.openScript}, {"suite", b.openSuite}, {"secured", b.openSecured}} {
			if err := b.round(ctx, s, took); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
	}
	fmt.Printf("\n%d users\n%-20s %10s %10s %8s %10s %10s\n", users, "", "script", "suite", "ratio", "shut", "to suite")
	for _, d := range deliveries {
		script, suite, secured := median(took["script "+d.title]), median(took["suite "+d.title]), median(took["secured "+d.title])
		fmt.Printf("%-20s %9.2fs %9.2fs %7.2fx %9.2fs %9.2fx\n", d.title, script.Seconds(), suite.Seconds(), suite.Seconds()/script.Seconds(),
			secured.Seconds(), secured.Seconds()/suite.Seconds())
	}
	return nil
}

// measureDoors prints what the doors cost: the suite with them open and with them shut take
// turns, and the one that begins changes with each round.
func (b *bench) measureDoors(ctx context.Context, users int) error {
	took := map[string][]time.Duration{}
	sides := []opener{{"suite", b.openSuite}, {"secured", b.openSecured}}
	for range b.rounds {
		for _, s := range sides {
			if err := b.round(ctx, s, took); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
		slices.Reverse(sides)
	}
	fmt.Printf("\n%d users\n%-20s %10s %10s %8s\n", users, "", "open", "shut", "ratio")
	for _, d := range deliveries {
		open, shut := median(took["suite "+d.title]), median(took["secured "+d.title])
		fmt.Printf("%-20s %9.2fs %9.2fs %7.2fx\n", d.title, open.Seconds(), shut.Seconds(), shut.Seconds()/open.Seconds())
	}
	return nil
}

func (b *bench) round(ctx context.Context, o opener, took map[string][]time.Duration) (err error) {
	db, err := b.database(ctx)
	if err != nil {
		return err
	}
	s, err := o.open(ctx, db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close(ctx)) }()
	for _, d := range deliveries {
		t, err := s.month(ctx, d)
		if err != nil {
			return fmt.Errorf("%s: %w", d.title, err)
		}
		key := o.name + " " + d.title
		took[key] = append(took[key], t)
	}
	return nil
}

// database makes a fresh database, after a checkpoint, so that neither side pays for
// what the other left to write.
func (b *bench) database(ctx context.Context) (string, error) {
	if b.databases > 0 {
		conn, err := pgx.Connect(ctx, b.pg.URL(""))
		if err != nil {
			return "", err
		}
		defer func() { _ = conn.Close(ctx) }()
		if _, err := conn.Exec(ctx, fmt.Sprintf("drop database bench_%d with (force)", b.databases)); err != nil {
			return "", err
		}
	}
	return b.another(ctx)
}

// another makes a fresh database beside those that are there.
func (b *bench) another(ctx context.Context) (string, error) {
	conn, err := pgx.Connect(ctx, b.pg.URL(""))
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(ctx) }()
	b.databases++
	name := fmt.Sprintf("bench_%d", b.databases)
	for _, q := range []string{"create database " + name, "checkpoint"} {
		if _, err := conn.Exec(ctx, q); err != nil {
			return "", err
		}
	}
	return b.pg.URL(name), nil
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// logs makes the folder for one suite's logs.
func (b *bench) logs() (string, error) {
	dir := filepath.Join(b.dir, fmt.Sprintf("logs-%d", b.databases))
	return dir, os.MkdirAll(dir, 0o750)
}
