package trainingset

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// joins finds for each date the newest revisions that may be part of it. It refuses, all
// at once, entities that are not stamped and sources of which nothing is.
func (s *Set) joins(h history, calendar *datasetv1.Calendar) ([]Join, error) {
	var joins []Join
	var missing []string
	var gone dropped
	for i, asOf := range s.Dates {
		j := Join{AsOf: asOf, LabelAsOf: s.LabelDates[i], First: s.first(i), Sources: make([][]Pin, len(s.Sources)), Cut: make([]time.Time, len(s.Sources))}
		if s.Given == nil {
			j.Entities = h.at(s.Entities.Snapshot, asOf)
			gone.take(j.Entities)
		}
		if s.Given == nil && j.Entities == nil {
			missing = append(missing, fmt.Sprintf("%s as of %s%s", s.Entities.Snapshot, day(asOf), newestOf(h[s.Entities.Snapshot])+s.Entities.since(asOf)))
		}
		j.Label = h.at(s.Label.Snapshot, j.LabelAsOf)
		gone.take(j.Label)
		for n, source := range s.Sources {
			from := oldest(calendar, asOf, source)
			if pins := h.between(source.Table.Snapshot, from, asOf); len(pins) > 0 {
				gone.take(&pins[0])
				j.Sources[n], j.Cut[n] = thereOf(pins)
			} else {
				missing = append(missing, fmt.Sprintf("%s %s as of %s%s", source.Table.Snapshot, aged(source), day(asOf), newestOf(h[source.Table.Snapshot])+source.Table.since(asOf)))
			}
		}
		joins = append(joins, j)
	}
	if len(missing) > 0 {
		p := problem.New(problem.SnapshotNotFound, "expected what the training set %s is made of to be stamped and known, found nothing of %s", s.Definition.GetName(), strings.Join(missing, "; of "))
		for _, m := range missing {
			p = p.Violate(strings.Fields(m)[0], "expected %s to be stamped", m)
		}
		return nil, p
	}
	return joins, gone.problem(s.Definition.GetName())
}

func day(asOf time.Time) string { return asOf.Format(time.DateOnly) }

// oldest is the oldest as_of that a source may still take for a date.
func oldest(calendar *datasetv1.Calendar, asOf time.Time, s Source) time.Time {
	if s.TTL == nil {
		return time.Time{}
	}
	return dataset.StepAsOf(calendar, asOf, -int(*s.TTL))
}

// aged says in words which rows of a source would do.
func aged(s Source) string {
	switch {
	case s.TTL == nil:
		return "at any date until"
	case *s.TTL == 0:
		return "itself"
	default:
		return fmt.Sprintf("within %d periods until", *s.TTL)
	}
}

func newestOf(pins []Pin) string {
	if len(pins) == 0 {
		return " (nothing of it is)"
	}
	return " (the newest is of " + day(pins[0].AsOf) + ")"
}

// plan keeps of each source the revisions that the rows really come from, and counts.
func (s *Set) plan(ctx context.Context, q postgres.Querier, joins []Join, report func(done, total int)) (Counts, error) {
	var all Counts
	for i := range joins {
		j := &joins[i]
		candidates := j.Sources
		j.Sources, j.lost = make([][]Pin, len(candidates)), make([]lost, len(candidates))
		for n, pins := range candidates {
			j.Sources[n] = pins[:1:1] // what is appended must not be written over what follows
		}
		counts, err := s.survey(ctx, q, *j)
		if err != nil {
			return Counts{}, err
		}
		for n, pins := range candidates {
			if j.Sources[n], j.lost[n], err = s.older(ctx, q, *j, n, counts.missing[n], pins[1:]); err != nil {
				return Counts{}, err
			}
		}
		all.add(counts)
		report(i+1, len(joins))
	}
	return all, nil
}
