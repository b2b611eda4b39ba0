package trainingset

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/lift"
)

const (
	// sampleRows is how many rows the guards look at. More, and a build takes longer; fewer,
	// and chance looks like knowledge.
	sampleRows = 100_000
	// sampleSeed chooses which, the same for ever.
	sampleSeed = 1
	// columnsAtOnce bounds what is held in memory: eight bytes a row and column.
	columnsAtOnce = 25
)

// sampled are columns of the rows of a seeded sample that have a label.
type sampled struct {
	label    lift.Column
	features []lift.Column
}

// sample reads some features and the label of the sample.
func (s *Set) sample(ctx context.Context, q postgres.Querier, joins []Join, features []Feature) (sampled, error) {
	rows, err := q.Query(ctx, s.sampleSQL(joins, features))
	if err != nil {
		return sampled{}, fmt.Errorf("sample the rows: %w", err)
	}
	out := sampled{label: lift.Column{Numeric: measured(s.LabelColumn)}}
	values := make([]*float64, len(features)+1)
	into := make([]any, len(values))
	for i := range values {
		into[i] = &values[i]
	}
	for _, f := range features {
		out.features = append(out.features, lift.Column{Numeric: measured(f.Column)})
	}
	_, err = pgx.ForEachRow(rows, into, func() error {
		take(&out.label, values[0])
		for i := range out.features {
			take(&out.features[i], values[i+1])
		}
		return nil
	})
	if err != nil {
		return sampled{}, fmt.Errorf("sample the rows: %w", err)
	}
	return out, nil
}

func take(c *lift.Column, value *float64) {
	c.Missing = append(c.Missing, value == nil)
	if value == nil {
		c.Values = append(c.Values, math.NaN())
		return
	}
	c.Values = append(c.Values, *value)
}

func (s *Set) sampleSQL(joins []Join, features []Feature) string {
	var parts []string
	for _, j := range joins {
		if j.Label == nil {
			continue
		}
		columns := []string{
			fmt.Sprintf("hashtextextended(%s::text || %s, %d) as h", s.keyHash(0), literal(day(j.AsOf)), sampleSeed),
			measure(s.label(j), s.LabelColumn) + " as l",
		}
		for i, f := range features {
			columns = append(columns, fmt.Sprintf("%s as v%d", measure(s.feature(f, j), f.Column), i+1))
		}
		parts = append(parts, "select "+strings.Join(columns, ", ")+"\n"+s.from(j))
	}
	names := []string{"l"}
	for i := range features {
		names = append(names, fmt.Sprintf("v%d", i+1))
	}
	return fmt.Sprintf("select %s\nfrom (\n%s\n) s\nwhere l is not null\norder by h\nlimit %d",
		strings.Join(names, ", "), strings.Join(parts, "\nunion all\n"), sampleRows)
}

// measured is true of the types whose values have a distance: numbers, truth values, and
// moments.
func measured(c layout.Column) bool {
	switch c.Type.Name {
	case dataset.Boolean, dataset.Date, dataset.Timestamp, dataset.TimestampTZ:
		return true
	default:
		return c.Type.IsNumber()
	}
}

// measure is a value as a number: its own where it has a distance, otherwise one that
// names it. A hash of 53 bits is a double, and two of a sample hardly ever meet.
func measure(value string, c layout.Column) string {
	switch {
	case c.Type.Name == dataset.Boolean:
		return "(" + value + ")::integer::double precision"
	case c.Type.Name == dataset.Numeric: // has values that no double holds
		return "(case when " + value + " between -1e300 and 1e300 then " + value + " end)::double precision"
	case c.Type.IsNumber():
		return "(" + value + ")::double precision"
	case measured(c):
		return "extract(epoch from " + value + ")::double precision"
	default:
		return "(hashtextextended((" + value + ")::text, 0) >> 11)::double precision"
	}
}
