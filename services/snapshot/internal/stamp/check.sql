-- Partitions of a table that the catalog of the dataset does not know: another dataset
-- stamped them, or somebody made them by hand.
select format('%s %s', p.oid::pg_catalog.regclass, pg_catalog.pg_get_expr(p.relpartbound, p.oid))
from pg_catalog.pg_inherits i
join pg_catalog.pg_class p on p.oid = i.inhrelid
join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
join pg_catalog.pg_class t on t.oid = i.inhparent
join pg_catalog.pg_namespace tn on tn.oid = t.relnamespace
where tn.nspname = $1 and t.relname = $2
  and pg_catalog.pg_get_expr(p.relpartbound, p.oid) <> 'DEFAULT'
  and not exists (
      select from sf_snapshot.catalog c
      where c.dataset = $3 and c.partition_schema = pn.nspname and c.partition_name = p.relname)
order by 1
