-- Where PostgreSQL calls functions that are not its own as rows are written into the tables
-- ($1 schemas, $2 names), other than by their triggers: expressions of the tables, triggers
-- and expressions of tables that foreign keys write into on their behalf and, where tables
-- are made ($3), event triggers. A function in C or of the server changes no table.
--
-- It is asked for every table that is made. The arrays keep the planner from guessing how far
-- a recursion comes: it would read the whole catalog, which grows with the history.
with recursive given as (
    select c.oid, t.schema, t.name, t.place
      from unnest($1::text[], $2::text[]) with ordinality as t (schema, name, place)
      join pg_catalog.pg_namespace n on n.nspname = t.schema
      join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = t.name
), reached as (
    select oid, schema, name, place, false as far from given
    union
    select next.oid, r.schema, r.name, r.place, r.far or next.far
      from reached r
     cross join lateral (
        select inhrelid as oid, false as far from pg_catalog.pg_inherits where inhparent = r.oid
        union all
        select conrelid, true from pg_catalog.pg_constraint
         where contype = 'f' and confrelid = r.oid and (confdeltype in ('c', 'n', 'd') or confupdtype in ('c', 'n', 'd'))
      ) next
), every (oids, far) as materialized (
    select array_agg(distinct oid), array_agg(distinct oid) filter (where far) from reached
), typed as (
    select a.attrelid as relation, a.atttypid as type
      from pg_catalog.pg_attribute a
     where a.attrelid = any ((select oids from every)::oid[]) and a.attnum > 0 and not a.attisdropped
    union
    select y.relation, next.type
      from typed y
      join pg_catalog.pg_type t on t.oid = y.type
     cross join lateral (values (t.typbasetype), (t.typelem)) next (type)
     where next.type <> 0
), expression as (
    select conrelid as relation, 'pg_constraint'::regclass as class, oid as object, 'check' as kind, conname::text as name
      from pg_catalog.pg_constraint where contype = 'c' and conrelid = any ((select oids from every)::oid[])
    union all
    select y.relation, 'pg_constraint'::regclass, k.oid, 'domain', k.conname::text
      from unnest((select array_agg(relation) from typed), (select array_agg(type) from typed)) y (relation, type)
      join pg_catalog.pg_constraint k on k.contypid = y.type
    union all
    select d.adrelid, 'pg_attrdef'::regclass, d.oid, case a.attgenerated when '' then 'default' else 'generated' end, a.attname::text
      from pg_catalog.pg_attrdef d join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
     where d.adrelid = any ((select oids from every)::oid[])
    union all
    select i.indrelid, 'pg_class'::regclass, i.indexrelid, 'index', c.relname::text
      from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
     where i.indrelid = any ((select oids from every)::oid[])
    union all
    select partrelid, 'pg_class'::regclass, partrelid, 'partition key', ''
      from pg_catalog.pg_partitioned_table where partrelid = any ((select oids from every)::oid[])
), used as (
    select e.relation, e.kind, e.name, f.function
      from expression e
      join pg_catalog.pg_depend d on d.classid = e.class and d.objid = e.object
     cross join lateral (
        select d.refobjid as function where d.refclassid = 'pg_proc'::regclass
        union all
        select oprcode from pg_catalog.pg_operator where d.refclassid = 'pg_operator'::regclass and oid = d.refobjid
        union all
        select m.amproc from pg_catalog.pg_opclass o join pg_catalog.pg_amproc m on m.amprocfamily = o.opcfamily
         where d.refclassid = 'pg_opclass'::regclass and o.oid = d.refobjid
        union all
        select q.oprcode from pg_catalog.pg_opclass o
          join pg_catalog.pg_amop m on m.amopfamily = o.opcfamily
          join pg_catalog.pg_operator q on q.oid = m.amopopr
         where d.refclassid = 'pg_opclass'::regclass and o.oid = d.refobjid
      ) f
    union all
    select tgrelid, 'trigger', tgname::text, tgfoid
      from pg_catalog.pg_trigger
     where tgrelid = any ((select far from every)::oid[])
       and not tgisinternal and tgenabled in ('O', 'A') and tgtype & 28 <> 0
), called as (
    select r.place, r.schema, r.name, u.relation, u.kind, u.name as object, u.function
      from used u join reached r on r.oid = u.relation and (r.far or u.kind <> 'trigger')
    union all
    select 0, '', '', 0, 'event trigger', evtname::text, evtfoid
      from pg_catalog.pg_event_trigger where $3 and evtenabled in ('O', 'A')
)
select distinct c.place, c.schema, c.name, coalesce(n.nspname::text, ''), coalesce(t.relname::text, ''), c.kind, c.object, p.oid::regprocedure::text
  from called c
  join pg_catalog.pg_proc p on p.oid = c.function
  join pg_catalog.pg_language l on l.oid = p.prolang and l.lanname not in ('c', 'internal')
  left join pg_catalog.pg_class t on t.oid = c.relation
  left join pg_catalog.pg_namespace n on n.oid = t.relnamespace
 order by 1, 4, 5, 6, 7, 8
