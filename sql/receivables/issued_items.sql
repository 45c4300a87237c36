-- One row per invoice, or instalment of one, that counts on the day: issued by then, no draft, not void.
-- Parameters: as_of.
select *
from invoices
where
    issue_date <= $as_of
    and status not in ('draft', 'void')
