-- Number changes are applications about a coded provider: records whose approval changes its numbers (INS-4).
SELECT make_record_tables('institution_number_change');
SELECT make_record_tables('pharmacy_number_change');
