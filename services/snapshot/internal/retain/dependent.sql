-- What stands on a table and is not of the table itself: objects for whose sake PostgreSQL
-- refuses to drop it, each in words, and the SQL that takes it away where that is short.
select distinct coalesce(
           case when v.relkind = 'm' then 'materialized view ' || v.named
                when v.relkind is not null then 'view ' || v.named
                when k.named is not null then 'foreign key ' || k.named end,
           pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid)) as found,
       coalesce(
           case when v.relkind = 'm' then 'drop materialized view ' || v.named
                when v.relkind is not null then 'drop view ' || v.named
                when k.named is not null then k.mend end, '') as mend
  from pg_catalog.pg_class t
  join pg_catalog.pg_type y on y.oid = t.reltype
  join pg_catalog.pg_depend d
    on d.deptype = 'n'
   and (d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = t.oid
        or d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass and d.refobjid in (y.oid, y.typarray))
  left join lateral (
       select c.relkind, pg_catalog.format('%I.%I', n.nspname, c.relname) as named
         from pg_catalog.pg_rewrite r
         join pg_catalog.pg_class c on c.oid = r.ev_class
         join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and r.oid = d.objid and c.relkind in ('v', 'm')) v on true
  left join lateral (
       select pg_catalog.format('%I of %I.%I', o.conname, n.nspname, c.relname) as named,
              pg_catalog.format('alter table %I.%I drop constraint %I', n.nspname, c.relname, o.conname) as mend
         from pg_catalog.pg_constraint o
         join pg_catalog.pg_class c on c.oid = o.conrelid
         join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass and o.oid = d.objid and o.contype = 'f') k on true
 where t.oid = $1
   and not exists (select from pg_catalog.pg_constraint o where d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass and o.oid = d.objid and o.conrelid = t.oid)
   and not exists (select from pg_catalog.pg_rewrite o where d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and o.oid = d.objid and o.ev_class = t.oid)
   and not exists (select from pg_catalog.pg_policy o where d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass and o.oid = d.objid and o.polrelid = t.oid)
   and not exists (select from pg_catalog.pg_trigger o where d.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass and o.oid = d.objid and o.tgrelid = t.oid)
   and not exists (select from pg_catalog.pg_attrdef o where d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass and o.oid = d.objid and o.adrelid = t.oid)
   and not exists (select from pg_catalog.pg_index o where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and o.indexrelid = d.objid and o.indrelid = t.oid)
   and not exists (select from pg_catalog.pg_statistic_ext o where d.classid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass and o.oid = d.objid and o.stxrelid = t.oid)
   and not exists (select from pg_catalog.pg_publication_rel o where d.classid = 'pg_catalog.pg_publication_rel'::pg_catalog.regclass and o.oid = d.objid and o.prrelid = t.oid)
 order by 1
