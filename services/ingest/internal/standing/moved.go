package standing

import (
	"context"
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/layout"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// MovedKeys are the live tables of which somebody gave a column of the key another name since
// they were left, by name: whatever is written would be matched with other rows.
func MovedKeys(ctx context.Context, q postgres.Querier, dataset string, tables []*declared.Table) (map[relation.Relation]relation.Difference, error) {
	left, err := store.LiveLeft(ctx, q, dataset)
	if err != nil {
		return nil, err
	}
	found, err := layout.Of(ctx, q, relations(tables)...)
	if err != nil {
		return nil, err
	}
	moved := map[relation.Relation]relation.Difference{}
	for i, t := range tables {
		recorded, err := layout.Read(left[t.Live].Layout)
		if err != nil {
			return nil, err
		}
		if recorded == nil || found[i] == nil {
			continue
		}
		if pairs := found[i].MovedKey(recorded, t); len(pairs) > 0 {
			moved[t.Live] = movedKey(t.Live, pairs, found[i].Back(pairs))
		}
	}
	return moved, nil
}

func movedKey(live relation.Relation, pairs rename.Pairs, steps []rename.Pair) relation.Difference {
	var said, sql []string
	for _, p := range pairs {
		said = append(said, p.To+" renamed to "+p.From)
	}
	for _, s := range steps {
		sql = append(sql, fmt.Sprintf("alter table %s rename column %s to %s", live.SQL(), relation.Quote(s.From), relation.Quote(s.To)))
	}
	mend := strings.Join(sql, "; ")
	if mend == "" {
		mend = "give the columns their names back, of which another one has one by now"
	}
	return relation.Differs("expected the columns of the key to be those that were published, found "+strings.Join(said, ", "), mend)
}
