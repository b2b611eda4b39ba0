package trainingset

import (
	"context"
	"fmt"
	"slices"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/services/snapshot/internal/lift"
)

// told looks, on a sample, for features that are a copy of the label, and for those that
// alone predict it too well.
func (s *Set) told(ctx context.Context, q postgres.Querier, joins []Join, counts Counts) (findings, error) {
	if counts.Labelled == 0 {
		return nil, nil
	}
	var fs findings
	for some := range slices.Chunk(s.Features, columnsAtOnce) {
		sample, err := s.sample(ctx, q, joins, some)
		if err != nil {
			return nil, err
		}
		for i, f := range some {
			fs = append(fs, s.judge(f, sample.features[i], sample.label, counts)...)
			// PostgreSQL ends a transaction that asks for nothing for five seconds, and a
			// busy machine takes as long for some features.
			if _, err := q.Exec(ctx, "select"); err != nil {
				return nil, fmt.Errorf("judge the features: %w", err)
			}
		}
	}
	return fs, nil
}

// judge holds one feature to the label. The label's own column is told already.
func (s *Set) judge(f Feature, column, label lift.Column, counts Counts) findings {
	var fs findings
	name := s.Definition.GetLabel().GetColumn()
	if s.origin(f) == name {
		return nil
	}
	of := fmt.Sprintf("on %s of %s with a label, seed %d", prose.Number(int64(len(label.Values))), prose.Count(counts.Labelled, "row"), sampleSeed)
	if lift.OneToOne(column, label) {
		fs.add(problem.LabelAmongFeatures, f.Name, "expected features besides the label, found feature %s, which is a copy of %s: one value for each of the label's (%s)", f.Name, name, of)
	}
	if !lift.Judged(label) {
		return fs
	}
	limit, measure := dataset.MaxLeakageLift(s.Definition), "R²"
	if lift.Binary(label) {
		measure = "the area under its ROC curve minus a half"
	}
	if got := lift.Of(column, label); got > limit {
		fs.add(problem.FeatureLiftHigh, f.Name, "expected no feature alone to predict %s better than %.3g, found feature %s, whose lift is %.3f (%s, %s)", name, limit, f.Name, got, measure, of)
	}
	return fs
}

// origin is where a feature comes from, as snapshot.column.
func (s *Set) origin(f Feature) string {
	return dataset.SnapshotColumn{Snapshot: s.Sources[f.Source].Table.Snapshot, Column: f.Column.Name}.String()
}
