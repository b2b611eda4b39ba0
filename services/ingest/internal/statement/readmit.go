package statement

import (
	"strconv"

	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// Readmit deletes the hashes of keys that are among the erased ones, and returns their places in
// what was asked for: $1 is the dataset, $2 the table's name; from $3 on stand ID and pads of so
// many keys as there are erased keys under, and behind them an array of texts for each column of
// the key.
func Readmit(t *declared.Table, keys int) string {
	values := make([]string, len(t.Key))
	for i, k := range t.Key {
		c, _ := t.Column(k)
		values[i] = canonical("v"+strconv.Itoa(i)+"::"+c.Type.Cast(), c)
	}
	sql := ""
	for i, h := range hashesFrom(3, keys) {
		id := "''"
		if h.id > 0 {
			id = "$" + strconv.Itoa(h.id) + "::text"
		}
		if i > 0 {
			sql += " union all "
		}
		sql += "select place, " + id + " as key_id, " + h.with.of(values) + " as key_hash from " + unnested(t, 3+3*keys)
	}
	return "with asked as materialized (" + sql + "), gone as (delete from sf_ingest.erased e using (select distinct key_id, key_hash from asked) a" +
		" where e.dataset = $1 and e.table_name = $2 and e.key_id = a.key_id and e.key_hash = a.key_hash returning e.key_id, e.key_hash)" +
		" select distinct a.place::integer from asked a join gone using (key_id, key_hash) order by 1"
}
