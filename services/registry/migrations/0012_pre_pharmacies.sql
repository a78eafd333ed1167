-- Retail pharmacies are the second kind of reviewed record.
SELECT make_record_tables('pharmacy');
