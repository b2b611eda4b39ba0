package publish

import (
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/ingest/internal/live"
)

// behindIt says what comes of rows that refer to rows which are deleted in turn, step by
// step; nothing where nothing refers to them. They are not counted: which of them there are
// shows as the rows before them go.
func (r referrer) behindIt() string {
	if len(r.behind) == 0 {
		return ""
	}
	var said []string
	for _, l := range r.behind[:min(len(r.behind), live.MaxLinks)] {
		does := follows[l.OnDelete]
		if does == "" {
			does = "keep them from going where there are any: a run is refused then"
		}
		said = append(said, fmt.Sprintf("those of %s, by the foreign key %s, %s", l.From(), l.Name, does))
	}
	if len(r.behind) > live.MaxLinks {
		said = append(said, "and those of more tables")
	}
	return "; behind these stand rows that refer to them in turn, and are not counted: " + strings.Join(said, "; ")
}

// keeps finds the foreign key behind a referrer that kept rows from going; nil where it is
// none of them.
func (r referrer) keeps(pg *pgconn.PgError) *live.Link {
	for _, l := range r.behind {
		if l.Name == pg.ConstraintName && l.Schema == pg.SchemaName && l.Table == pg.TableName {
			return &l
		}
	}
	return nil
}

// keptBehind is the error of a publish that such a foreign key refused.
func (r referrer) keptBehind(err error, l *live.Link) error {
	found := fmt.Sprintf("rows of %s refer by the foreign key %s to rows of %s that would be deleted with rows that go, and keep them", l.From(), l.Name, r.From())
	mend := "take those rows away or have them refer to others, or drop one of the foreign keys: " + l.Drop() + "; or " + r.Drop()
	return problem.Wrap(err, problem.LiveTableDiffers, "%s; %s; nothing was written", found, mend).
		With("constraint", l.Name).Violate(l.From().String(), "%s; %s", found, mend)
}
