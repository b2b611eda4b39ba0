package postgres

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/relation"
)

func TestTheTextOfAFunctionWritesInto(t *testing.T) {
	t.Parallel()
	orders := relation.Relation{Schema: "retail", Name: "orders"}
	for body, want := range map[string]bool{
		"insert into orders values (1)":                        true,
		"INSERT\n\tINTO retail.orders (id) select 1":           true,
		`update "orders" set id = 1`:                           true,
		`update only "retail" . "orders" set id = 1`:           true,
		"delete from orders;":                                  true,
		"delete from orders":                                   true,
		"merge into orders o using x on true when matched …":   true,
		"truncate orders":                                      true,
		"truncate table orders cascade":                        true,
		"insert into orders_seen values (1)":                   false,
		"insert into public.orders values (1)":                 false,
		"insert into orders.log values (1)":                    false,
		"select * from orders":                                 false,
		"perform last_update orders":                           false,
		"insert into seen select * from orders":                false,
		"-- an update of all":                                  false,
		"create trigger x after update on orders execute f();": false,
		"": false,
	} {
		require.Equal(t, want, writesInto(body, orders), body)
	}
	require.True(t, writesInto(`delete from "Odd ""one"""`, relation.Relation{Schema: "public", Name: `Odd "one"`}))
	require.True(t, writesInto(`delete from a.b$c`, relation.Relation{Schema: "a", Name: `b$c`}))
}
