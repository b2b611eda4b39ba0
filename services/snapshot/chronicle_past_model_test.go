package snapshot_test

import (
	"maps"
	"slices"
)

// What retention, erases and restamps do to the model of a history.

// delivered are the rows that the last delivery of an as_of brought of what changed, and its
// batch; a whole table that came after leaves none.
type delivered struct {
	batch string
	rows  content
}

// keep notes what a delivery brought of the first table: what changed, or, with nil, all.
func (c *chronicle) keep(asOf, batch string, changed content) {
	before := c.delivered[asOf]
	switch {
	case changed != nil:
		c.delivered[asOf] = &delivered{batch, changed}
	case before != nil && len(before.rows) > 0:
		c.delivered[asOf] = &delivered{batch, content{}}
	}
}

// remade says what a restamp makes of the first table as of a date: the rows that were
// delivered, over what stands before it by now. may is false where it is refused.
func (c *chronicle) remade(asOf string) (rows content, over *standing, may bool) {
	r, over := c.known("a", asOf, c.now), c.before("a", asOf)
	kept := c.delivered[asOf]
	if kept == nil || c.staleThere("a", over.asOf) || !slices.Contains(c.stoodOnBy(asOf, r), kept.batch) {
		return nil, nil, false
	}
	return over.rows.with(kept.rows), over, true
}

// stoodOnBy are the batches by which a revision has stood on a base.
func (c *chronicle) stoodOnBy(asOf string, r *revision) []string {
	by := []string{r.stoodBy}
	if r.restores > 0 {
		by = append(by, c.revisions[place{"a", asOf}][r.restores-1].stoodBy)
	}
	return by
}

// staleThere says whether a place is stale that was not dropped.
func (c *chronicle) staleThere(table, asOf string) bool {
	return !c.dropped[asOf] && c.stale(table, asOf)
}

// with lays what changed over a content.
func (c content) with(changed content) content {
	rows := maps.Clone(c)
	for id, v := range changed {
		if rows[id] = v; isGone(v) {
			delete(rows, id)
		}
	}
	return rows
}

// without is the content less a key, as another map.
func (c content) without(id int) content {
	rows := maps.Clone(c)
	delete(rows, id)
	return rows
}

// there are the dates that are stamped and were not dropped, the newest first.
func (c *chronicle) there() []string {
	var dates []string
	for _, asOf := range slices.Backward(modelDates) {
		if c.known("a", asOf, c.now) != nil && !c.dropped[asOf] {
			dates = append(dates, asOf)
		}
	}
	return dates
}

// has says whether a revision of a place has a content.
func (c *chronicle) has(p place, rows content) bool {
	return slices.ContainsFunc(c.revisions[p], func(r *revision) bool { return maps.Equal(r.rows, rows) })
}

// retain drops all but the newest dates, those that are pinned, those that training sets
// stand on and those that a stale one would be laid over; it returns what went, the newest
// first, and which of these kept another.
func (c *chronicle) retain(keep int, trainedOn map[string]bool) (gone []string, kept map[string]int) {
	laid := map[string]bool{}
	for _, table := range c.tables {
		for _, asOf := range modelDates {
			if c.staleThere(table, asOf) {
				laid[c.before(table, asOf).asOf] = true
			}
		}
	}
	kept = map[string]int{}
	for i, asOf := range c.there() {
		switch {
		case i < max(keep, 1):
		case laid[asOf]:
			kept["laid under"]++
		case c.pinned[asOf]:
			kept["pinned"]++
		case trainedOn[asOf]:
			kept["trained on"]++
		default:
			gone = append(gone, asOf)
		}
	}
	for _, asOf := range gone {
		c.dropped[asOf] = true
	}
	return gone, kept
}

// erase takes a key of a table out of all that is there, and returns out of how many
// revisions, and out of how many deliveries.
func (c *chronicle) erase(table string, id int) (revisions, deliveries int64) {
	for p, all := range c.revisions {
		if p.table != table {
			continue
		}
		for _, r := range all {
			if over := r.over; over != nil && !c.dropped[over.asOf] {
				r.over = &standing{over.asOf, over.rows.without(id)}
			}
			if _, has := r.rows[id]; has && !c.dropped[p.asOf] {
				r.rows = r.rows.without(id)
				revisions++
			}
		}
	}
	for asOf, d := range c.delivered {
		if _, has := d.rows[id]; has && table == "a" && !c.dropped[asOf] {
			c.delivered[asOf] = &delivered{d.batch, d.rows.without(id)}
			deliveries++
		}
	}
	return revisions, deliveries
}
