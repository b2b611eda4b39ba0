package dataset

import (
	"errors"
	"fmt"
	"time"
	_ "time/tzdata" // a declared zone must mean the same on a machine that has no zones

	"github.com/streamflow/streamflow/dataset/columntype"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// ColumnType is a column's type: its name, the precision and scale of
// numeric(p,s), and the length of varchar(n) and char(n), 0 where none is declared.
type ColumnType = columntype.Type

// TypeName is a type without its limits.
type TypeName = columntype.Name

// The types that a column may have.
const (
	Text            = columntype.Text
	VarChar         = columntype.VarChar
	Char            = columntype.Char
	SmallInt        = columntype.SmallInt
	Integer         = columntype.Integer
	BigInt          = columntype.BigInt
	Numeric         = columntype.Numeric
	Real            = columntype.Real
	DoublePrecision = columntype.DoublePrecision
	Boolean         = columntype.Boolean
	Date            = columntype.Date
	Timestamp       = columntype.Timestamp
	TimestampTZ     = columntype.TimestampTZ
	UUID            = columntype.UUID
	JSONB           = columntype.JSONB
)

// TypeNames lists the types in the order in which messages offer them.
func TypeNames() []TypeName { return columntype.Names() }

// ParseType reads a column's type as a dataset writes it: text, varchar(n), char(n),
// smallint, integer (or int), bigint, numeric, numeric(p,s), real, double precision,
// boolean, date, timestamp, timestamptz, uuid, jsonb.
func ParseType(s string) (ColumnType, error) { return columntype.Parse(s) }

// Zone is the time zone in which a timestamptz column's values are read that name none;
// nil where the column declares none, and such values are refused. It fails where the
// zone is not known.
func Zone(c *datasetv1.Column) (*time.Location, error) {
	name := c.GetTimeZone()
	if name == "" {
		return nil, nil
	}
	if name == "Local" { // Go's word for the machine's own
		return nil, errors.New(`expected the name of a time zone, such as Europe/Berlin, found "Local"`)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("expected the name of a time zone, such as Europe/Berlin or UTC, found %q", name)
	}
	return zone, nil
}
