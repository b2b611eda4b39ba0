with recursive
asked as (
    select c.oid
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = $1 and c.relname = $2
),
constraints as (
    select k.* from pg_catalog.pg_constraint k join asked on k.conrelid = asked.oid where k.conname = $3
    union all
    select k.* from pg_catalog.pg_constraint k join constraints below on k.oid = below.conparentid
),
indexes as (
    select i.indexrelid, i.indrelid
    from pg_catalog.pg_index i
    join asked on i.indrelid = asked.oid
    join pg_catalog.pg_class x on x.oid = i.indexrelid
    where x.relname = $3
    union all
    select i.indexrelid, i.indrelid
    from indexes below
    join pg_catalog.pg_inherits h on h.inhrelid = below.indexrelid
    join pg_catalog.pg_index i on i.indexrelid = h.inhparent
)
select found.kind, n.nspname::text, t.relname::text, found.name
from (
    select 'constraint', conname::text, conrelid, 1 from constraints where conparentid = 0
    union all
    select 'index', x.relname::text, i.indrelid, 2
    from indexes i
    join pg_catalog.pg_class x on x.oid = i.indexrelid
    where not exists (select from pg_catalog.pg_inherits h where h.inhrelid = i.indexrelid)
) found (kind, name, stands_on, turn)
join pg_catalog.pg_class t on t.oid = found.stands_on
join pg_catalog.pg_namespace n on n.oid = t.relnamespace
order by found.turn
limit 1
