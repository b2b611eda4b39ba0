-- Triggers of the users' own that fire when rows are written into the tables ($1 schemas,
-- $2 names), or into their partitions, with what their functions say.
with recursive given as (
    select c.oid, t.schema, t.name, t.place
      from unnest($1::text[], $2::text[]) with ordinality as t (schema, name, place)
      join pg_catalog.pg_namespace n on n.nspname = t.schema
      join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = t.name
), live as (
    select oid, schema, name, place, 0 as depth from given
    union
    select i.inhrelid, l.schema, l.name, l.place, l.depth + 1
      from live l
      join pg_catalog.pg_inherits i on i.inhparent = l.oid
)
select distinct on (l.place, t.tgname, p.oid) l.schema, l.name, n.nspname::text, c.relname::text, t.tgname::text, p.oid::regprocedure::text,
       t.tgtype & 3 = 3, coalesce(p.prosrc, '')
  from live l
  join pg_catalog.pg_trigger t on t.tgrelid = l.oid
  join pg_catalog.pg_class c on c.oid = l.oid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_proc p on p.oid = t.tgfoid
 where not t.tgisinternal and t.tgenabled in ('O', 'A')
   and t.tgtype & 28 <> 0 -- INSERT, DELETE or UPDATE, and not only TRUNCATE
   and p.oid::regprocedure::text <> 'suppress_redundant_updates_trigger()'
 order by l.place, t.tgname, p.oid, l.depth, l.oid
