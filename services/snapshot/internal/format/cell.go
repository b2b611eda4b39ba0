package format

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// cell is how the values of a column come out of PostgreSQL's binary form and go into
// Arrow's: its type there, and what appends one.
type cell struct {
	of arrow.DataType
	// cast is the type that the server is asked for.
	cast string
	// appender puts values, none of which is NULL, behind those of a builder.
	appender func(array.Builder, layout.Column) appendValue
}

// appendValue appends a value. It keeps nothing of raw. Errors: a *MisfitError.
type appendValue func(raw []byte) error

// microsecond is the unit of PostgreSQL's times, and of ours.
const microsecond = arrow.Microsecond

// cells are those of types that are no text. What is not here is text in the file.
var cells = map[dataset.TypeName]cell{
	dataset.SmallInt: {arrow.PrimitiveTypes.Int16, "smallint", func(b array.Builder, _ layout.Column) appendValue {
		return fixed(2, func(raw []byte) { b.(*array.Int16Builder).Append(int16(binary.BigEndian.Uint16(raw))) })
	}},
	dataset.Integer: {arrow.PrimitiveTypes.Int32, "integer", func(b array.Builder, _ layout.Column) appendValue {
		return fixed(4, func(raw []byte) { b.(*array.Int32Builder).Append(int32(binary.BigEndian.Uint32(raw))) })
	}},
	dataset.BigInt: {arrow.PrimitiveTypes.Int64, "bigint", func(b array.Builder, _ layout.Column) appendValue {
		return fixed(8, func(raw []byte) { b.(*array.Int64Builder).Append(int64(binary.BigEndian.Uint64(raw))) })
	}},
	dataset.Real: {arrow.PrimitiveTypes.Float32, "real", func(b array.Builder, _ layout.Column) appendValue {
		return fixed(4, func(raw []byte) {
			b.(*array.Float32Builder).Append(math.Float32frombits(binary.BigEndian.Uint32(raw)))
		})
	}},
	dataset.DoublePrecision: {arrow.PrimitiveTypes.Float64, "double precision", func(b array.Builder, _ layout.Column) appendValue {
		return fixed(8, func(raw []byte) {
			b.(*array.Float64Builder).Append(math.Float64frombits(binary.BigEndian.Uint64(raw)))
		})
	}},
	dataset.Boolean: {arrow.FixedWidthTypes.Boolean, "boolean", func(b array.Builder, _ layout.Column) appendValue {
		return fixed(1, func(raw []byte) { b.(*array.BooleanBuilder).Append(raw[0] != 0) })
	}},
	dataset.Date:        {arrow.FixedWidthTypes.Date32, "date", appendDate},
	dataset.Timestamp:   {&arrow.TimestampType{Unit: microsecond}, "timestamp without time zone", appendMoment},
	dataset.TimestampTZ: {&arrow.TimestampType{Unit: microsecond, TimeZone: "UTC"}, "timestamp with time zone", appendMoment},
}

// text is the cell of everything else: the value as PostgreSQL writes it.
var text = cell{arrow.BinaryTypes.String, "text", func(b array.Builder, _ layout.Column) appendValue {
	to := b.(*array.StringBuilder)
	return func(raw []byte) error {
		to.BinaryBuilder.Append(raw)
		return nil
	}
}}

// cellOf is the cell of a column. A decimal of more digits than Arrow's has is text.
func cellOf(c layout.Column) cell {
	if c.Type.Name == dataset.Numeric && c.Type.Precision > 0 && c.Type.Precision <= maxDigits {
		return cell{&arrow.Decimal128Type{Precision: int32(c.Type.Precision), Scale: int32(c.Type.Scale)}, "numeric", appendDecimal}
	}
	if known, ok := cells[c.Type.Name]; ok {
		return known
	}
	return text
}

// fixed refuses a value of another size than its type has: it is none.
func fixed(size int, to func(raw []byte)) appendValue {
	return func(raw []byte) error {
		if len(raw) != size {
			return fmt.Errorf("expected %d bytes, found %d", size, len(raw))
		}
		to(raw)
		return nil
	}
}

// The days and microseconds from 1970, where Arrow begins, to 2000, where PostgreSQL does.
const (
	daysTo2000   = 10957
	microsTo2000 = daysTo2000 * 24 * 60 * 60 * 1_000_000
)

func appendDate(b array.Builder, c layout.Column) appendValue {
	to := b.(*array.Date32Builder)
	return func(raw []byte) error {
		if len(raw) != 4 {
			return fmt.Errorf("expected 4 bytes, found %d", len(raw))
		}
		days := int32(binary.BigEndian.Uint32(raw))
		if days == math.MaxInt32 || days == math.MinInt32 {
			return &MisfitError{c.Name, c.Type.String(), "infinity"}
		}
		to.Append(arrow.Date32(days + daysTo2000)) // the last date of PostgreSQL is 2.1 billion days before the last of 32 bits
		return nil
	}
}

func appendMoment(b array.Builder, c layout.Column) appendValue {
	to := b.(*array.TimestampBuilder)
	return func(raw []byte) error {
		if len(raw) != 8 {
			return fmt.Errorf("expected 8 bytes, found %d", len(raw))
		}
		micros := int64(binary.BigEndian.Uint64(raw))
		if micros == math.MaxInt64 || micros == math.MinInt64 {
			return &MisfitError{c.Name, c.Type.String(), "infinity"}
		}
		to.Append(arrow.Timestamp(micros + microsTo2000))
		return nil
	}
}
