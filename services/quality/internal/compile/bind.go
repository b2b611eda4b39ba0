package compile

import (
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/expectation"
)

// binder collects the parameters of one statement.
type binder struct {
	args []any
}

// value makes a value a parameter of the column's type. The type goes without its
// limits: numeric(5,2) would round a bound before it is compared.
func (b *binder) value(v expectation.Value, t dataset.ColumnType) string {
	b.args = append(b.args, v.Text)
	return fmt.Sprintf("$%d::%s", len(b.args), t.Cast())
}

// set makes values one parameter, an array of the column's type. It is sent as
// text, so that the planner sees a constant and hashes a long one.
func (b *binder) set(values []expectation.Value, t dataset.ColumnType) string {
	b.args = append(b.args, arrayLiteral(values))
	return fmt.Sprintf("$%d::%s[]", len(b.args), t.Cast())
}

// arrayEscapes are the two characters that mean something in a quoted element
// (https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO).
var arrayEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

func arrayLiteral(values []expectation.Value) string {
	elements := make([]string, 0, len(values))
	for _, v := range values {
		elements = append(elements, `"`+arrayEscapes.Replace(v.Text)+`"`)
	}
	return "{" + strings.Join(elements, ",") + "}"
}
