package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/privatepg"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/test/cluster"
)

// train builds January's training set now that February is published, and says whose
// labels it carries, and whose the live table would have served.
func train(ctx context.Context, o options, pg *privatepg.Server, c *cluster.Cluster) error {
	file := filepath.Join(o.dir, "churn_january.csv")
	for _, args := range [][]string{
		{"training-set", "build", "churn", "--as-of", "2024-01-31", "--horizon", "0", "--waive", "LABEL_NOT_LATER"},
		{"training-set", "export", "--last", "-o", file},
		{"training-set", "verify", file + ".manifest.json"},
	} {
		if err := sfctl(ctx, o, c, args); err != nil {
			return err
		}
	}
	trained, err := labels(file)
	if err != nil {
		return err
	}
	delivered, err := labels(filepath.Join(o.dir, "data", "month_000", "labels.csv"))
	if err != nil {
		return err
	}
	live, err := liveLabels(ctx, pg)
	if err != nil {
		return err
	}
	own, wrong := same(trained, delivered), len(delivered)-same(live, delivered)
	if own != len(delivered) || len(trained) != len(delivered) {
		return fmt.Errorf("expected January's training set to carry January's labels for all %d users, found %d of %d", len(delivered), own, len(trained))
	}
	say("January's training set, built after February was published, carries January's labels for %s of %s users.\nThe live table would have served %s of them wrong: it holds February's.",
		prose.Number(int64(own)), prose.Number(int64(len(trained))), prose.Number(int64(wrong)))
	return nil
}

// labels reads who churned from a CSV file.
func labels(file string) (map[string]string, error) {
	f, err := os.Open(filepath.Clean(file))
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	user, label := -1, -1
	for i, name := range records[0] {
		switch name {
		case "user_id":
			user = i
		case "churn_label":
			label = i
		}
	}
	if user < 0 || label < 0 {
		return nil, fmt.Errorf("%s: expected columns user_id and churn_label, found %s", file, strings.Join(records[0], ", "))
	}
	all := make(map[string]string, len(records)-1)
	for _, r := range records[1:] {
		all[r[user]] = strings.ToLower(r[label])
	}
	return all, nil
}

func liveLabels(ctx context.Context, pg *privatepg.Server) (map[string]string, error) {
	conn, err := pgx.Connect(ctx, pg.URL(""))
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(ctx) }()
	rows, err := conn.Query(ctx, "select user_id, churn_label::text from public.labels")
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	var user, label string
	_, err = pgx.ForEachRow(rows, []any{&user, &label}, func() error {
		all[user] = label
		return nil
	})
	return all, err
}

// same counts the users whose label is the same in both.
func same(a, b map[string]string) int {
	n := 0
	for user, label := range b {
		if a[user] == label {
			n++
		}
	}
	return n
}
