// Bench takes the same months through the suite and through a good hand-written psql
// script, interleaved in one run on one server with default durability, and prints
// the ratios. `make bench` runs it; nothing in it asserts a time.
//
// The script stages each file into an unlogged table, upserts, runs one aggregate per
// checked table, and copies into four history tables. The suite does more: it checks
// types and references, judges every expectation of the built-in dataset, stamps
// seven snapshots with content hashes, and keeps the run.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/streamflow/streamflow/dataset/sample"
	"github.com/streamflow/streamflow/platform/privatepg"
)

func main() {
	bin := flag.String("bin", ".build/bin", "folder of the built binaries")
	users := flag.String("users", "7043,100000", "sizes to measure, users per month")
	rounds := flag.Int("rounds", 3, "rounds per size; the median is printed")
	trained := flag.String("training", "", "instead of months, measure training sets over twelve of them, of these sizes: 100000, or 1000000")
	doors := flag.Bool("doors", false, "measure no script: the suite with its doors shut beside the one with them open, turn by turn")
	past := flag.Int("months", 0, "instead, measure what a month costs beside a history of so many months, and of one: 36")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	// New users join in the second month, as in the baselines.
	m := measuring{sizes: *users, rounds: *rounds, months: 2, joinedPercent: 1, measure: (*bench).measure}
	if *trained != "" {
		m.sizes, m.months, m.measure = *trained, trainingMonths, (*bench).measureTraining
	}
	if *doors {
		m.measure = (*bench).measureDoors
	}
	if *past > 0 { // every month is as large as any other
		m.months, m.joinedPercent, m.measure = *past+*rounds, 0, measureHistory(*past)
	}
	if err := run(ctx, *bin, m); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) //nolint:gocritic // stop only restores the signals' default
	}
}

// measuring is what is measured: of which sizes, how often, over how many months, of whom so
// many percent of the first join in each.
type measuring struct {
	sizes                         string
	rounds, months, joinedPercent int
	measure                       func(*bench, context.Context, int) error
}

func run(ctx context.Context, bin string, m measuring) (err error) {
	dir, err := os.MkdirTemp("", "streamflow-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	if bin, err = filepath.Abs(bin); err != nil {
		return err
	}
	pg, err := privatepg.Start(ctx, privatepg.Options{Dir: filepath.Join(dir, "postgres"), Settings: map[string]string{
		"shared_buffers": "1GB", "max_wal_size": "8GB", // those of the baselines in docs/performance.md
	}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pg.Stop(context.WithoutCancel(ctx))) }()
	fmt.Printf("PostgreSQL %s, default durability. Seconds are medians of %d rounds, script and suite in turn.\n", pg.Version(), m.rounds)
	b := &bench{bin: bin, dir: dir, pg: pg, rounds: m.rounds}
	for _, size := range strings.Split(m.sizes, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(size))
		if err != nil {
			return fmt.Errorf("users %q: want a number", size)
		}
		b.data = filepath.Join(dir, "data-"+size)
		people := sample.Options{Months: m.months, Start: start, Users: n, Seed: 1, Joined: n * m.joinedPercent / 100}
		if _, err := sample.Write(b.data, people); err != nil {
			return err
		}
		if err := m.measure(b, ctx, n); err != nil {
			return err
		}
	}
	return nil
}
