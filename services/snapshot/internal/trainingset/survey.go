package trainingset

import (
	"context"
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
)

// Counts are the rows of a set, or of one of its dates.
type Counts struct {
	Rows int64
	// Labelled are those that have a label.
	Labelled int64
	// Parts are those of each part, in the declared order.
	Parts []int64
	// missing are, for each source, those of which its newest revision has no row.
	missing []int64
}

func (c *Counts) add(other Counts) {
	c.Rows += other.Rows
	c.Labelled += other.Labelled
	if c.Parts == nil {
		c.Parts = make([]int64, len(other.Parts))
	}
	for i, n := range other.Parts {
		c.Parts[i] += n
	}
}

// survey counts the rows of a date in one pass.
func (s *Set) survey(ctx context.Context, q postgres.Querier, j Join) (Counts, error) {
	parts := s.Definition.GetSplit().GetParts()
	c := Counts{Parts: make([]int64, len(parts)), missing: make([]int64, len(s.Sources))}
	into := []any{&c.Rows, &c.Labelled}
	for i := range c.Parts {
		into = append(into, &c.Parts[i])
	}
	for i := range c.missing {
		into = append(into, &c.missing[i])
	}
	if err := q.QueryRow(ctx, s.surveySQL(j)).Scan(into...); err != nil {
		return Counts{}, fmt.Errorf("count the rows as of %s: %w", date(j.AsOf), err)
	}
	return c, nil
}

func (s *Set) surveySQL(j Join) string {
	inner := []string{s.label(j) + " as label"}
	outer := []string{"count(*)", "count(label)"}
	if part := s.part(j); part != "" {
		inner = append(inner, part+" as part")
		for _, p := range s.Definition.GetSplit().GetParts() {
			outer = append(outer, "count(*) filter (where part = "+literal(p.GetName())+")")
		}
	}
	for i, source := range s.Sources {
		missing := "true"
		if len(j.Sources[i]) > 0 {
			missing = alias(i) + "." + relation.Quote(source.Table.Key[0].Name) + " is null"
		}
		inner = append(inner, fmt.Sprintf("%s as m%d", missing, i))
		outer = append(outer, fmt.Sprintf("count(*) filter (where m%d)", i))
	}
	return "select " + strings.Join(outer, ", ") + "\nfrom (select " + strings.Join(inner, ", ") + "\n" + s.from(j) + ") s"
}
