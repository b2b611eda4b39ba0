-- What stands on a table of ours ($1 schema, $2 name) and changes what is written into it.
with own as (
    select c.oid, c.relrowsecurity from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relname = $2
)
select 'trigger ' || quote_ident(tgname) || ', which calls ' || tgfoid::regprocedure
  from pg_catalog.pg_trigger join own on own.oid = tgrelid where not tgisinternal
union all
select 'rule ' || quote_ident(rulename) from pg_catalog.pg_rewrite join own on own.oid = ev_class
union all
select 'policy ' || quote_ident(polname) from pg_catalog.pg_policy join own on own.oid = polrelid
union all
select 'row level security' from own where relrowsecurity
union all
select 'a default of column ' || quote_ident(a.attname)
  from pg_catalog.pg_attrdef d join own on own.oid = d.adrelid
  join pg_catalog.pg_attribute a on a.attrelid = own.oid and a.attnum = d.adnum
 where a.attname not like 'sf\_%' -- those are ours
 order by 1
