package live

import (
	"context"
	"strings"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// Adopted refuses, with LIVE_TABLE_NOT_ADOPTED, tables of which the live one is another
// role's and may not be written into: before anything is compared with its rows.
func Adopted(ctx context.Context, q postgres.Querier, tables []*declared.Table, openSchema func(schema string) string) error {
	all, err := Inspect(ctx, q, tables, openSchema)
	if err != nil {
		return err
	}
	p := problem.New(problem.LiveTableNotAdopted, "")
	var said []string
	for _, f := range all {
		if !f.stranger(f.Of) {
			continue
		}
		for _, d := range f.Differences {
			_ = p.Violate(f.Of.Live.String(), "%s", d)
			said = append(said, f.Of.Live.String()+": "+d.String())
		}
	}
	if len(said) == 0 {
		return nil
	}
	p.Message = "live tables are not the dataset's to write into: " + strings.Join(said, "; ") + "; nothing was read or written"
	return p
}
