-- What hangs on a column of a relation ($1, $2), or on any part of it where $3 is empty,
-- and what hangs on that in turn: views and rules that read it, functions that PostgreSQL
-- knows to read it, triggers and policies that name it, generated columns made of it, and
-- indexes with expressions or conditions over it. Each with the SQL that takes it away and
-- brings it back as it is, and with the keys of what it hangs on itself.
with recursive host (classid, objid, relid) as not materialized (
    select 'pg_catalog.pg_rewrite'::pg_catalog.regclass::oid, r.oid, r.ev_class from pg_catalog.pg_rewrite r
    union all
    select 'pg_catalog.pg_trigger'::pg_catalog.regclass::oid, t.oid, t.tgrelid from pg_catalog.pg_trigger t
    union all
    select 'pg_catalog.pg_class'::pg_catalog.regclass::oid, i.indexrelid, i.indrelid from pg_catalog.pg_index i
    union all
    select 'pg_catalog.pg_attrdef'::pg_catalog.regclass::oid, f.oid, f.adrelid from pg_catalog.pg_attrdef f
), hang (classid, objid, objsubid, parent) as (
    select d.classid, d.objid, d.objsubid, ''
      from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = c.oid
      left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = d.refobjsubid
     where n.nspname = $1 and c.relname = $2
       and (a.attname = $3
            or $3 = '' and d.deptype = 'n'
               and not exists (select from host o where o.classid = d.classid and o.objid = d.objid and o.relid = c.oid))
    union
    select d.classid, d.objid, d.objsubid, case when v.oid is null then 'function ' || h.objid else 'relation ' || v.oid end
      from hang h
      left join pg_catalog.pg_rewrite r on h.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and r.oid = h.objid
      left join pg_catalog.pg_class v on v.oid = r.ev_class and v.relkind in ('v', 'm')
     cross join lateral (
           select 'pg_catalog.pg_class'::pg_catalog.regclass::oid as classid, v.oid as objid
           union all
           select 'pg_catalog.pg_type'::pg_catalog.regclass::oid, t.oid from pg_catalog.pg_type t where t.oid = v.reltype
           union all
           select 'pg_catalog.pg_type'::pg_catalog.regclass::oid, t.typarray from pg_catalog.pg_type t where t.oid = v.reltype
           union all
           select h.classid, h.objid where h.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass) gone
      join pg_catalog.pg_depend d on d.refclassid = gone.classid and d.refobjid = gone.objid and d.deptype = 'n'
     where v.oid is null
        or not exists (select from host o where o.classid = d.classid and o.objid = d.objid and o.relid = v.oid)
), thing (classid, objid, objsubid, parents) as (
    select h.classid, h.objid, h.objsubid, pg_catalog.array_agg(distinct h.parent) from hang h group by h.classid, h.objid, h.objsubid
), called (oid, kind, name, relation) as not materialized (
    select v.oid, case v.relkind when 'm' then 'materialized view' else 'view' end, v.oid::pg_catalog.regclass::text, v
      from pg_catalog.pg_class v where v.relkind in ('v', 'm')
)
select key, what, drop_sql, create_sql, parents from (
    select 'relation ' || v.oid as key, pg_catalog.format('%s %s', v.kind, v.name) as what, pg_catalog.format('drop %s %s', v.kind, v.name) as drop_sql,
           pg_catalog.array_to_string(array[
               pg_catalog.format('create %s %s%s%s as %s%s', v.kind, v.name,
                   (select ' with (' || pg_catalog.string_agg(pg_catalog.format('%I=%L', o.option_name, o.option_value), ', ') || ')'
                      from pg_catalog.pg_options_to_table((v.relation).reloptions) o),
                   (select pg_catalog.format(' tablespace %I', s.spcname) from pg_catalog.pg_tablespace s where s.oid = (v.relation).reltablespace),
                   pg_catalog.rtrim(pg_catalog.pg_get_viewdef(v.oid), '; '),
                   case when not (v.relation).relispopulated then ' with no data' end),
               pg_catalog.format('alter %s %s owner to %I', v.kind, v.name, pg_catalog.pg_get_userbyid((v.relation).relowner)),
               (select pg_catalog.string_agg(pg_catalog.format('alter view %s alter column %I set default %s', v.name, a.attname, pg_catalog.pg_get_expr(f.adbin, f.adrelid)), '; ' order by a.attnum)
                  from pg_catalog.pg_attrdef f join pg_catalog.pg_attribute a on a.attrelid = f.adrelid and a.attnum = f.adnum where f.adrelid = v.oid),
               (select pg_catalog.string_agg(pg_catalog.pg_get_indexdef(i.indexrelid), '; ' order by i.indexrelid) from pg_catalog.pg_index i where i.indrelid = v.oid),
               (select pg_catalog.string_agg(pg_catalog.rtrim(pg_catalog.pg_get_ruledef(r.oid), '; '), '; ' order by r.oid)
                  from pg_catalog.pg_rewrite r where r.ev_class = v.oid and r.ev_type <> '1'),
               (select pg_catalog.string_agg(pg_catalog.pg_get_triggerdef(t.oid), '; ' order by t.oid) from pg_catalog.pg_trigger t where t.tgrelid = v.oid and not t.tgisinternal),
               (select pg_catalog.string_agg(pg_catalog.format('grant %s on %s to %s%s', g.privilege_type, v.name,
                           case g.grantee when 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) end,
                           case when g.is_grantable then ' with grant option' end), '; ' order by g.grantee, g.privilege_type)
                  from pg_catalog.aclexplode((v.relation).relacl) g where g.grantee <> (v.relation).relowner),
               (select pg_catalog.string_agg(pg_catalog.format('grant %s (%I) on %s to %s%s', g.privilege_type, a.attname, v.name,
                           case g.grantee when 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) end,
                           case when g.is_grantable then ' with grant option' end), '; ' order by a.attnum, g.grantee, g.privilege_type)
                  from pg_catalog.pg_attribute a cross join lateral pg_catalog.aclexplode(a.attacl) g where a.attrelid = v.oid and not a.attisdropped),
               (select pg_catalog.string_agg(pg_catalog.format('comment on %s is %L', case d.objsubid when 0 then v.kind || ' ' || v.name
                           else pg_catalog.format('column %s.%I', v.name, a.attname) end, d.description), '; ' order by d.objsubid)
                  from pg_catalog.pg_description d left join pg_catalog.pg_attribute a on a.attrelid = d.objoid and a.attnum = d.objsubid
                 where d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objoid = v.oid)
           ], '; ') as create_sql, h.parents
      from thing h
      join pg_catalog.pg_rewrite r on h.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and r.oid = h.objid
      join called v on v.oid = r.ev_class
    union all
    select 'rule ' || r.oid, pg_catalog.format('rule %I on %s', r.rulename, v.oid::pg_catalog.regclass),
           pg_catalog.format('drop rule %I on %s', r.rulename, v.oid::pg_catalog.regclass), pg_catalog.rtrim(pg_catalog.pg_get_ruledef(r.oid), '; '), h.parents
      from thing h
      join pg_catalog.pg_rewrite r on h.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and r.oid = h.objid
      join pg_catalog.pg_class v on v.oid = r.ev_class and v.relkind not in ('v', 'm')
    union all
    select 'index ' || i.indexrelid, pg_catalog.format('index %s', i.indexrelid::pg_catalog.regclass),
           pg_catalog.format('drop index %s', i.indexrelid::pg_catalog.regclass), pg_catalog.pg_get_indexdef(i.indexrelid), h.parents
      from thing h
      join pg_catalog.pg_index i on h.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and i.indexrelid = h.objid
     where i.indexprs is not null or i.indpred is not null
    union all
    select 'trigger ' || t.oid, pg_catalog.format('trigger %I', t.tgname),
           pg_catalog.format('drop trigger %I on %s', t.tgname, t.tgrelid::pg_catalog.regclass), pg_catalog.pg_get_triggerdef(t.oid), h.parents
      from thing h
      join pg_catalog.pg_trigger t on h.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass and t.oid = h.objid
     where not t.tgisinternal
    union all
    select 'function ' || p.oid, pg_catalog.format('%s %s', p.kind, p.name), pg_catalog.format('drop %s %s', p.kind, p.name),
           pg_catalog.array_to_string(array[
               pg_catalog.rtrim(pg_catalog.pg_get_functiondef(p.oid), E'; \n'),
               pg_catalog.format('alter %s %s owner to %I', p.kind, p.name, pg_catalog.pg_get_userbyid(p.proowner)),
               case when p.proacl is not null then pg_catalog.format('revoke all on %s %s from public', p.kind, p.name) end,
               (select pg_catalog.string_agg(pg_catalog.format('grant %s on %s %s to %s%s', g.privilege_type, p.kind, p.name,
                           case g.grantee when 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) end,
                           case when g.is_grantable then ' with grant option' end), '; ' order by g.grantee)
                  from pg_catalog.aclexplode(p.proacl) g where g.grantee <> p.proowner),
               (select pg_catalog.format('comment on %s %s is %L', p.kind, p.name, d.description) from pg_catalog.pg_description d
                 where d.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objoid = p.oid)
           ], '; '), h.parents
      from thing h
      join (select f.*, case f.prokind when 'p' then 'procedure' else 'function' end as kind, f.oid::pg_catalog.regprocedure::text as name
              from pg_catalog.pg_proc f where f.prokind in ('f', 'p', 'w')) p
        on h.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and p.oid = h.objid
    union all
    select 'other ' || h.classid || ' ' || h.objid || ' ' || h.objsubid, pg_catalog.pg_describe_object(h.classid, h.objid, h.objsubid), '', '', h.parents
      from thing h
     where h.classid in ('pg_catalog.pg_policy'::pg_catalog.regclass, 'pg_catalog.pg_publication_rel'::pg_catalog.regclass)
        or h.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
           and exists (select from pg_catalog.pg_attrdef f join pg_catalog.pg_attribute g on g.attrelid = f.adrelid and g.attnum = f.adnum
                        where f.oid = h.objid and g.attgenerated <> '')
        or '' <> all (h.parents)
           and h.classid not in ('pg_catalog.pg_rewrite'::pg_catalog.regclass, 'pg_catalog.pg_trigger'::pg_catalog.regclass, 'pg_catalog.pg_proc'::pg_catalog.regclass)
           and not exists (select from pg_catalog.pg_index i where h.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and i.indexrelid = h.objid)
) d
order by what collate "C", key
