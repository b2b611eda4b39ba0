package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/grpcserver"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/test/cluster"
)

// trainingMonths are how many as_of dates are stacked.
const trainingMonths = 12

// training measures training sets over a history of twelve months: each export beside the
// SQL that a person would write for the same rows, in turn, on one server.
type training struct {
	suite  *suite
	conn   *pgx.Conn
	client snapshotv1.SnapshotServiceClient
	asOf   []string
}

// measureTraining takes the months in, and prints the table of one size.
func (b *bench) measureTraining(ctx context.Context, users int) (err error) {
	url, err := b.database(ctx)
	if err != nil {
		return err
	}
	opened, err := b.openSuite(ctx, url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.close(ctx)) }()
	t := &training{suite: opened.(*suite)} //nolint:forcetypeassert // openSuite makes no other
	for i := range trainingMonths {
		d := monthOf(i)
		t.asOf = append(t.asOf, d.asOf)
		if _, err := t.suite.month(ctx, d); err != nil {
			return err
		}
	}
	if t.conn, err = pgx.Connect(ctx, url); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.conn.Close(ctx)) }()
	if _, err := t.conn.Exec(ctx, "analyze"); err != nil { // as autovacuum has done by the time that somebody trains
		return err
	}
	conn, err := grpcserver.Dial(t.suite.cluster.Address(cluster.Gateway))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	t.client = snapshotv1.NewSnapshotServiceClient(conn)
	return t.measure(ctx, users, b.rounds)
}

// contest is two ways to the same rows.
type contest struct {
	title         string
	script, suite func(context.Context) (int64, error)
}

func (t *training) measure(ctx context.Context, users, rounds int) error {
	one, err := t.build(ctx, t.asOf[:1])
	if err != nil {
		return err
	}
	begun := time.Now()
	all, err := t.build(ctx, t.asOf)
	if err != nil {
		return err
	}
	built := time.Since(begun)
	single, stacked := joinSQL(t.asOf[:1]), joinSQL(t.asOf)
	contests := []contest{
		{"one as_of, CSV", t.copy(single), t.export(one, snapshotv1.TrainingFormat_TRAINING_FORMAT_CSV)},
		{"twelve stacked, CSV", t.copy(stacked), t.export(all, snapshotv1.TrainingFormat_TRAINING_FORMAT_CSV)},
		{"twelve, LATERAL", t.copy([]string{lateralSQL(t.asOf)}), t.export(all, snapshotv1.TrainingFormat_TRAINING_FORMAT_CSV)},
		{"one, CSV to Parquet", t.export(one, snapshotv1.TrainingFormat_TRAINING_FORMAT_CSV), t.export(one, snapshotv1.TrainingFormat_TRAINING_FORMAT_PARQUET)},
		{"twelve, CSV to Parquet", t.export(all, snapshotv1.TrainingFormat_TRAINING_FORMAT_CSV), t.export(all, snapshotv1.TrainingFormat_TRAINING_FORMAT_PARQUET)},
		{"twelve, CSV to Arrow", t.export(all, snapshotv1.TrainingFormat_TRAINING_FORMAT_CSV), t.export(all, snapshotv1.TrainingFormat_TRAINING_FORMAT_ARROW)},
	}
	fmt.Printf("\ntraining sets of %d users, %d features and a label (the twelve were built in %.2fs)\n%-24s %10s %10s %8s %12s\n",
		users, 14, built.Seconds(), "", "script", "suite", "ratio", "rows")
	for _, c := range contests {
		script, suite, rows, err := c.run(ctx, rounds)
		if err != nil {
			return fmt.Errorf("%s: %w", c.title, err)
		}
		fmt.Printf("%-24s %9.2fs %9.2fs %7.2fx %12d\n", c.title, script.Seconds(), suite.Seconds(), suite.Seconds()/script.Seconds(), rows)
	}
	peak, err := peakMemory(t.suite.cluster.PID(cluster.Snapshot))
	if err != nil {
		return err
	}
	fmt.Printf("peak memory of snapshotd, months stamped and all exports: %d MiB\n", peak)
	return nil
}

// run times both ways in turn, and holds them to the same number of rows.
func (c contest) run(ctx context.Context, rounds int) (script, suite time.Duration, rows int64, err error) {
	var took [2][]time.Duration
	for range rounds {
		var counted [2]int64
		for i, way := range []func(context.Context) (int64, error){c.script, c.suite} {
			begun := time.Now()
			if counted[i], err = way(ctx); err != nil {
				return 0, 0, 0, err
			}
			took[i] = append(took[i], time.Since(begun))
		}
		if counted[0] != counted[1] {
			return 0, 0, 0, fmt.Errorf("expected the same rows, found %d and %d", counted[0], counted[1])
		}
		rows = counted[1]
	}
	return median(took[0]), median(took[1]), rows, nil
}

// build builds the declared set. Its label is of the same period, so that every date has
// one.
func (t *training) build(ctx context.Context, asOf []string) (string, error) {
	horizon := int32(0)
	stream, err := t.client.BuildTrainingSet(ctx, &snapshotv1.BuildTrainingSetRequest{
		Dataset: "streamflow", TrainingSet: "churn", AsOf: &datasetv1.AsOfDates{Dates: asOf}, Horizon: &horizon, RequestedBy: "bench",
		Waive: []string{"LABEL_NOT_LATER", "FEATURE_LIFT_HIGH"},
	})
	if err != nil {
		return "", err
	}
	for {
		m, err := stream.Recv()
		if err != nil {
			return "", fmt.Errorf("build: %w", err)
		}
		if m.GetResult() != nil {
			return m.GetResult().GetId(), nil
		}
	}
}

func (t *training) export(id string, format snapshotv1.TrainingFormat) func(context.Context) (int64, error) {
	return func(ctx context.Context) (int64, error) {
		stream, err := t.client.ExportTrainingSet(ctx, &snapshotv1.ExportTrainingSetRequest{TrainingSet: id, Format: format})
		if err != nil {
			return 0, err
		}
		for {
			m, err := stream.Recv()
			if err != nil {
				return 0, fmt.Errorf("export: %w", err)
			}
			if m.GetResult() != nil {
				return m.GetResult().GetRows(), nil
			}
		}
	}
}

// copy runs the queries one after the other, as COPY to nowhere.
func (t *training) copy(queries []string) func(context.Context) (int64, error) {
	return func(ctx context.Context) (rows int64, err error) {
		for _, q := range queries {
			tag, err := t.conn.PgConn().CopyTo(ctx, io.Discard, "copy ("+q+") to stdout with (format csv)")
			if err != nil {
				return rows, err
			}
			rows += tag.RowsAffected()
		}
		return rows, nil
	}
}

var memoryLine = regexp.MustCompile(`(?m)^VmHWM:\s+(\d+) kB`)

// peakMemory is the most that a process had at once, in MiB, as Linux counts it.
func peakMemory(pid int) (int, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0, err
	}
	found := memoryLine.FindSubmatch(text)
	if found == nil {
		return 0, fmt.Errorf("no VmHWM of process %d", pid)
	}
	kib, err := strconv.Atoi(string(found[1]))
	return kib / 1024, err
}

// features are those of the built-in set, by the snapshot that they come from.
var features = []struct {
	alias, snapshot string
	columns         []string
}{
	{"s", "subscriptions_profile_snapshots", []string{"months_active", "monthly_fee", "paperless_billing", "plan_stream_tv", "plan_stream_movies", "net_service"}},
	{"u", "usage_agg_30d_snapshots", []string{"watch_hours_30d", "avg_session_mins_7d", "unique_devices_30d", "skips_7d", "rebuffer_events_7d"}},
	{"p", "payments_agg_90d_snapshots", []string{"failed_payments_90d"}},
	{"t", "support_agg_90d_snapshots", []string{"support_tickets_90d", "ticket_avg_resolution_hrs_90d"}},
}

// columnsSQL are the columns, in the order of the built-in set.
func columnsSQL() string {
	all := []string{"e.user_id", "e.as_of"}
	for _, f := range features {
		for _, c := range f.columns {
			all = append(all, f.alias+"."+c)
		}
	}
	return strings.Join(append(all, "l.churn_label"), ", ")
}

// joinSQL is what a person writes for each date: the month's rows side by side.
func joinSQL(asOf []string) []string {
	queries := make([]string, len(asOf))
	for i, d := range asOf {
		var b strings.Builder
		fmt.Fprintf(&b, "select %s from users_snapshots e", columnsSQL())
		for _, f := range features {
			fmt.Fprintf(&b, " left join %s %s on %s.user_id = e.user_id and %s.as_of = '%s'", f.snapshot, f.alias, f.alias, f.alias, d)
		}
		fmt.Fprintf(&b, " left join labels_snapshots l on l.user_id = e.user_id and l.as_of = '%s' where e.as_of = '%s' order by e.user_id", d, d)
		queries[i] = b.String()
	}
	return queries
}

// lateralSQL is what a feature store writes for all dates at once: for each entity row the
// newest row of each source, looked up.
func lateralSQL(asOf []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "select %s from users_snapshots e", columnsSQL())
	for _, f := range features {
		fmt.Fprintf(&b, " left join lateral (select * from %s x where x.user_id = e.user_id and x.as_of <= e.as_of order by x.as_of desc limit 1) %s on true", f.snapshot, f.alias)
	}
	fmt.Fprintf(&b, " left join labels_snapshots l on l.user_id = e.user_id and l.as_of = e.as_of where e.as_of in ('%s') order by e.as_of, e.user_id", strings.Join(asOf, "','"))
	return b.String()
}
