-- Functions that are called when rows are written into the tables ($1 schemas, $2 names),
-- or into their partitions, and that have no search_path of their own: of whoever reads
-- this, of C's they are none, and a body that was parsed when it was made needs none.
with recursive given as (
    select c.oid, t.schema, t.name, t.place
      from unnest($1::text[], $2::text[]) with ordinality as t (schema, name, place)
      join pg_catalog.pg_namespace n on n.nspname = t.schema
      join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = t.name
), live as (
    select oid, schema, name, place from given
    union
    select i.inhrelid, l.schema, l.name, l.place
      from live l
      join pg_catalog.pg_inherits i on i.inhparent = l.oid
), caller (class, id, relid, use) as (
    select 'pg_catalog.pg_trigger'::regclass, t.oid, t.tgrelid, 'trigger ' || quote_ident(t.tgname)
      from pg_catalog.pg_trigger t
     where not t.tgisinternal and t.tgenabled in ('O', 'A')
    union all
    select 'pg_catalog.pg_class'::regclass, i.indexrelid, i.indrelid, 'index ' || quote_ident(c.relname)
      from pg_catalog.pg_index i
      join pg_catalog.pg_class c on c.oid = i.indexrelid
    union all
    select 'pg_catalog.pg_constraint'::regclass, k.oid, k.conrelid, 'constraint ' || quote_ident(k.conname)
      from pg_catalog.pg_constraint k
    union all
    select 'pg_catalog.pg_attrdef'::regclass, d.oid, d.adrelid, 'the default of column ' || quote_ident(a.attname)
      from pg_catalog.pg_attrdef d
      join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
    union all
    select 'pg_catalog.pg_policy'::regclass, p.oid, p.polrelid, 'policy ' || quote_ident(p.polname)
      from pg_catalog.pg_policy p
)
select l.schema, l.name, min(c.use collate "C"), p.oid::regprocedure::text, array[fn.nspname::text, l.schema]
  from live l
  join caller c on c.relid = l.oid
  join pg_catalog.pg_depend d on d.classid = c.class and d.objid = c.id and d.refclassid = 'pg_catalog.pg_proc'::regclass
  join pg_catalog.pg_proc p on p.oid = d.refobjid
  join pg_catalog.pg_namespace fn on fn.oid = p.pronamespace
  join pg_catalog.pg_language g on g.oid = p.prolang
 where fn.nspname <> 'pg_catalog'
   and g.lanname not in ('c', 'internal')
   and p.prosqlbody is null
   and not exists (select from pg_catalog.unnest(p.proconfig) as s where s like 'search_path=%')
 group by l.place, l.schema, l.name, p.oid, fn.nspname
 order by l.place, p.oid::regprocedure::text collate "C"
