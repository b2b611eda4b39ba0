package statement

import (
	"github.com/streamflow/streamflow/platform/relation"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// FillFromKept fills a table like a candidate with the rows of an incremental extract as they
// are kept. What was not delivered is NULL, and no row came from a line of a file.
func FillFromKept(t *declared.Table, to relation.Relation, kept *stepv1.KeptDelivery) string {
	var names []string
	values := ""
	for _, c := range t.Columns {
		for _, k := range kept.GetColumns() {
			if k.GetName() == c.Name {
				names = append(names, c.Name)
				values += "k." + relation.Quote(k.GetStandsAs()) + "::" + c.Type.SQL() + ", "
			}
		}
	}
	return "insert into " + to.SQL() + " (" + relation.QuoteAll(names) + ", " + FileColumn + ", " + LineColumn + ") select " + values + "0, 0 from " +
		relation.Of(kept.GetRelation()).SQL() + " k"
}
