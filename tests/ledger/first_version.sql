-- A ledger as the first version of the program left it, in the middle of a dispatch.
BEGIN TRANSACTION;
CREATE TABLE activities (
	number INTEGER NOT NULL, 
	activity_id VARCHAR(32) NOT NULL, 
	action_id VARCHAR(32), 
	occurred_at DATETIME NOT NULL, 
	activity_date DATE NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	channel VARCHAR(20), 
	customer_number TEXT, 
	currency VARCHAR(3), 
	invoice_numbers TEXT NOT NULL, 
	cadence TEXT, 
	step TEXT, 
	provider TEXT, 
	provider_id TEXT, 
	detail TEXT, 
	cost NUMERIC(18, 6), 
	cost_currency VARCHAR(3), 
	actor TEXT NOT NULL, 
	promised_until DATE, 
	PRIMARY KEY (number), 
	UNIQUE (activity_id)
);
INSERT INTO "activities" VALUES(6,'00bd6d6492e50a8dfb5013336a2130f2',NULL,'2026-03-18 08:20:16.970287','2026-03-18','enrolled',NULL,'C1007','EUR','[]','net30-standard',NULL,NULL,NULL,NULL,NULL,NULL,'planner',NULL);
INSERT INTO "activities" VALUES(14,'ff1a96cd2c70ece1e536c5dfc0396e32',NULL,'2026-03-18 08:20:16.970287','2026-03-18','enrolled',NULL,'C1015','USD','[]','small-balances',NULL,NULL,NULL,NULL,NULL,NULL,'planner',NULL);
INSERT INTO "activities" VALUES(15,'7dabdd36ea44bc9ba511e42eb128b3ca',NULL,'2026-03-18 08:20:16.970287','2026-03-18','enrolled',NULL,'C1016','GBP','[]','small-balances',NULL,NULL,NULL,NULL,NULL,NULL,'planner',NULL);
INSERT INTO "activities" VALUES(16,'4c74b222c417ea284afcc19094b3d5ac',NULL,'2026-03-18 08:20:16.970287','2026-03-18','enrolled',NULL,'C1017','EUR','[]','net30-standard',NULL,NULL,NULL,NULL,NULL,NULL,'planner',NULL);
INSERT INTO "activities" VALUES(19,'f0de5aeab9d31f5df75bb54f46719119',NULL,'2026-03-18 08:20:16.970287','2026-03-18','enrolled',NULL,'C1020','GBP','[]','net30-standard',NULL,NULL,NULL,NULL,NULL,NULL,'planner',NULL);
INSERT INTO "activities" VALUES(33,'e59ff5956bea4cd9eb182a08716d6299',NULL,'2026-03-18 08:20:16.970287','2026-03-18','enrolled',NULL,'C1034','USD','[]','key-accounts',NULL,NULL,NULL,NULL,NULL,NULL,'planner',NULL);
INSERT INTO "activities" VALUES(36,'d840f058d9632d902c98eea071e7f15d',NULL,'2026-03-18 08:20:16.970287','2026-03-18','enrolled',NULL,'C1038','CAD','[]','key-accounts',NULL,NULL,NULL,NULL,NULL,NULL,'planner',NULL);
INSERT INTO "activities" VALUES(47,'330856d9d9d875d022cae64b6d550b24',NULL,'2026-03-18 08:20:16.970287','2026-03-18','enrolled',NULL,'C1053','GBP','[]','small-balances',NULL,NULL,NULL,NULL,NULL,NULL,'planner',NULL);
INSERT INTO "activities" VALUES(49,'5dc44ff7a1867140e5154f28c11cd1b3',NULL,'2026-03-18 08:20:16.970287','2026-03-18','enrolled',NULL,'C1055','EUR','[]','small-balances',NULL,NULL,NULL,NULL,NULL,NULL,'planner',NULL);
INSERT INTO "activities" VALUES(62,'e252d89656492ed8609c494fdf4db834','0a1db5414b63bf76c3163c341869d4bb','2026-03-18 08:20:20.933535','2026-03-18','claimed','letter','C1007','EUR','["INV-1007-02"]','net30-standard','statement',NULL,NULL,NULL,NULL,NULL,'dispatcher',NULL);
INSERT INTO "activities" VALUES(63,'0bb9634361d9341dfc3aa9aef00c90fa','0a1db5414b63bf76c3163c341869d4bb','2026-03-18 08:20:20.940224','2026-03-18','sent','letter','C1007','EUR','["INV-1007-02"]','net30-standard','statement','sandbox','2026-03-18/letter/C1007-statement-0a1db5414b63bf76c3163c341869d4bb.html','to Carmela Olmosanto',2.2,'GBP','dispatcher',NULL);
INSERT INTO "activities" VALUES(68,'f04edc5fdf312a10f34c4ca6f1a556e1','bdaada2c377a5ee9c6e6f2c7fb4d9b47','2026-03-18 08:20:20.980255','2026-03-18','claimed','sms','C1015','USD','["INV-1015-03"]','small-balances','text',NULL,NULL,NULL,NULL,NULL,'dispatcher',NULL);
INSERT INTO "activities" VALUES(69,'f2af18fa3a8aa59acb7fff18f209185a','bdaada2c377a5ee9c6e6f2c7fb4d9b47','2026-03-18 08:20:20.990173','2026-03-18','failed','sms','C1015','USD','["INV-1015-03"]','small-balances','text',NULL,NULL,'Step text of cadence small-balances. Due since 2026-03-16: the oldest invoice is 14 days past due, but every contact has opted out of sms; somebody must find another way.',NULL,NULL,'dispatcher',NULL);
INSERT INTO "activities" VALUES(70,'c6568413fef7a2cd330bf15a1e1c3b07','bdaada2c377a5ee9c6e6f2c7fb4d9b47','2026-03-18 08:20:20.990194','2026-03-18','todo_created','sms','C1015','USD','["INV-1015-03"]','small-balances','text',NULL,NULL,'Mend the contact of Dusty Spur Feed & Tack (C1015) for sms',NULL,NULL,'dispatcher',NULL);
INSERT INTO "activities" VALUES(71,'55de1419d9fcdaab852b22a0e36fd7b3','50340008d4fc80580ef365320b34e972','2026-03-18 08:20:20.995105','2026-03-18','claimed','email','C1016','GBP','["INV-1016-03"]','small-balances','reminder',NULL,NULL,NULL,NULL,NULL,'dispatcher',NULL);
INSERT INTO "activities" VALUES(72,'82e4c6ec29b17f22bb8fcad8ab538fd3','50340008d4fc80580ef365320b34e972','2026-03-18 08:20:20.997333','2026-03-18','failed','email','C1016','GBP','["INV-1016-03"]','small-balances','reminder',NULL,NULL,'Step reminder of cadence small-balances. Due since 2026-03-17: the oldest invoice is 6 days past due, but no contact has what the channel email needs; somebody must mend the contact.',NULL,NULL,'dispatcher',NULL);
INSERT INTO "activities" VALUES(73,'455ed62edf998e658df2958074c7bd20','50340008d4fc80580ef365320b34e972','2026-03-18 08:20:20.997347','2026-03-18','todo_created','email','C1016','GBP','["INV-1016-03"]','small-balances','reminder',NULL,NULL,'Mend the contact of Owl Barn Joinery (C1016) for email',NULL,NULL,'dispatcher',NULL);
INSERT INTO "activities" VALUES(74,'03085220b8b70fbfe54210fe6769c130','f77ab00d3623ce2f1f0698ca072961a7','2026-03-18 08:20:21.004827','2026-03-18','claimed','letter','C1017','EUR','["INV-1017-03"]','net30-standard','statement',NULL,NULL,NULL,NULL,NULL,'dispatcher',NULL);
INSERT INTO "activities" VALUES(75,'e6640f375763b35c4e4e44288306da7f','f77ab00d3623ce2f1f0698ca072961a7','2026-03-18 08:20:21.012634','2026-03-18','failed','letter','C1017','EUR','["INV-1017-03"]','net30-standard','statement',NULL,NULL,'Step statement of cadence net30-standard. Due since 2026-03-16: the oldest invoice is 22 days past due, but no contact has what the channel letter needs; somebody must mend the contact.',NULL,NULL,'dispatcher',NULL);
INSERT INTO "activities" VALUES(76,'13bcefd0995227c477fd97e4c432823e','f77ab00d3623ce2f1f0698ca072961a7','2026-03-18 08:20:21.012649','2026-03-18','todo_created','letter','C1017','EUR','["INV-1017-03"]','net30-standard','statement',NULL,NULL,'Mend the contact of Ateliers de la Marée Haute SAS (C1017) for letter',NULL,NULL,'dispatcher',NULL);
INSERT INTO "activities" VALUES(81,'ba54549934c743839d6b54cf8f8e0a1b','0893623d98d997ffb2cc02c023a74134','2026-03-18 08:20:21.057109','2026-03-18','claimed','email','C1020','GBP','["INV-1020-03"]','net30-standard','reminder',NULL,NULL,NULL,NULL,NULL,'dispatcher',NULL);
INSERT INTO "activities" VALUES(82,'319437f134aa8976e2659b15a34e9210','0893623d98d997ffb2cc02c023a74134','2026-03-18 08:20:21.069258','2026-03-18','sent','email','C1020','GBP','["INV-1020-03"]','net30-standard','reminder','sandbox','2026-03-18/email/C1020-reminder-0893623d98d997ffb2cc02c023a74134.eml','to Edith Dunnock',0.0004,'GBP','dispatcher',NULL);
INSERT INTO "activities" VALUES(108,'49406a589289ef4fc9b1353030ca383c','07aae651e900cbf3ea3a7e395c4a7ea0','2026-03-18 08:20:21.239210','2026-03-18','claimed','phone_call','C1034','USD','["INV-1034-04", "INV-1034-05", "INV-1034-06"]','key-accounts','courtesy-call',NULL,NULL,NULL,NULL,NULL,'dispatcher',NULL);
INSERT INTO "activities" VALUES(109,'4f58da2232c5aef996e7c1a249c2d6d6','07aae651e900cbf3ea3a7e395c4a7ea0','2026-03-18 08:20:21.243824','2026-03-18','todo_created','phone_call','C1034','USD','["INV-1034-04", "INV-1034-05", "INV-1034-06"]','key-accounts','courtesy-call',NULL,NULL,'Call Dexter Applegarth, Great Heron Stores Inc. (C1034): 22,433.57 USD open; for ines@harbour-vale.example',NULL,NULL,'dispatcher',NULL);
INSERT INTO "activities" VALUES(114,'a8ea9684f7ddf191cfc0a73588b20fc3','185764e3671de772bd8711c64d5ccd8a','2026-03-18 08:20:21.287243','2026-03-18','claimed','escalate','C1038','CAD','["INV-1038-04", "INV-1038-05"]','key-accounts','director',NULL,NULL,NULL,NULL,NULL,'dispatcher',NULL);
INSERT INTO "activities" VALUES(115,'8568a7a6ac22c8fcdabb2a427d99ef1e','185764e3671de772bd8711c64d5ccd8a','2026-03-18 08:20:21.290509','2026-03-18','todo_created','escalate','C1038','CAD','["INV-1038-04", "INV-1038-05"]','key-accounts','director',NULL,NULL,'Escalated: Boreal Lodge Resorts Inc. (C1038): 16,275.99 CAD past due; for director@harbour-vale.example',NULL,NULL,'dispatcher',NULL);
INSERT INTO "activities" VALUES(116,'ae4327e7917ae2d58cd4c22367141588','185764e3671de772bd8711c64d5ccd8a','2026-03-18 08:20:21.290524','2026-03-18','escalated','escalate','C1038','CAD','["INV-1038-04", "INV-1038-05"]','key-accounts','director',NULL,NULL,'to director@harbour-vale.example',NULL,NULL,'dispatcher',NULL);
INSERT INTO "activities" VALUES(139,'744afc8531ae37985d73823745689db8','41bef52fced3f9decba323f773955013','2026-03-18 08:20:21.448047','2026-03-18','claimed','sms','C1053','GBP','["INV-1053-03"]','small-balances','due-soon',NULL,NULL,NULL,NULL,NULL,'dispatcher',NULL);
INSERT INTO "activities" VALUES(140,'503aa4af71d2a8e5843c331cc3101fde','41bef52fced3f9decba323f773955013','2026-03-18 08:20:21.458904','2026-03-18','sent','sms','C1053','GBP','["INV-1053-03"]','small-balances','due-soon','sandbox','2026-03-18/sms/C1053-due-soon-41bef52fced3f9decba323f773955013.json','to Orla Quill',0.04,'GBP','dispatcher',NULL);
INSERT INTO "activities" VALUES(143,'1d6329849b3fdcc7a6d4d58ea39326f9','0b084f7904fcdd53449dcbf9c7a8588c','2026-03-18 08:20:21.493218','2026-03-18','claimed','auto_call','C1055','EUR','["INV-1055-03", "INV-1055-04"]','small-balances','robot',NULL,NULL,NULL,NULL,NULL,'dispatcher',NULL);
INSERT INTO "activities" VALUES(144,'f27fb614d3b1717eb979ab42408d7d78','0b084f7904fcdd53449dcbf9c7a8588c','2026-03-18 08:20:21.520970','2026-03-18','sent','auto_call','C1055','EUR','["INV-1055-03", "INV-1055-04"]','small-balances','robot','sandbox','2026-03-18/auto_call/C1055-robot-0b084f7904fcdd53449dcbf9c7a8588c.json','to Henrik Uhlenbusch',0.06,'GBP','dispatcher',NULL);
INSERT INTO "activities" VALUES(147,'3a9cc5afbb77e2a24042184a6e6d031a',NULL,'2026-03-18 08:20:35.746300','2026-03-18','note',NULL,NULL,NULL,'[]',NULL,NULL,NULL,NULL,'released the stop quarantine of 2026-03-18',NULL,NULL,'Jane Doe',NULL);
CREATE TABLE cadence_versions (
	cadence TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	fingerprint VARCHAR(64) NOT NULL, 
	content TEXT NOT NULL, 
	first_used_on DATE NOT NULL, 
	PRIMARY KEY (cadence, version)
);
INSERT INTO "cadence_versions" VALUES('small-balances',1,'7b0c692b4392ccfa79dd2541cff496c79f6e26af93f12d1af6028aa70993b69a','{"cadence":"small-balances","description":"Short terms and small amounts - e-mail, text and automated calls, no letters, no people","version":1,"scope":"account","run":{"at":"07:00","timezone":"company","weekdays":["mon","tue","wed","thu","fri"],"days_of_month":[],"skip_holidays":false},"min_balance":{"default":"25"},"min_open":{"default":"0"},"invoices":"open","assign":{"priority":10,"when":"payment_terms in (''NET 14'', ''DUE ON RECEIPT'')"},"late_entry":"latest","catch_up":"latest","min_gap_days":0,"on_oldest_paid":"continue","group_by":"step","steps":[{"step":"intro","clock":"account_age","day":1,"channel":"email","template":"intro","multi_template":null,"attach_invoices":false,"assign_to":"team","min_past_due":{},"days":"calendar","round":"none","repeat_every":null,"repeat_limit":null},{"step":"due-soon","clock":"past_due_age","day":-2,"channel":"sms","template":"due-soon","multi_template":null,"attach_invoices":false,"assign_to":"team","min_past_due":{},"days":"calendar","round":"none","repeat_every":null,"repeat_limit":null},{"step":"reminder","clock":"past_due_age","day":5,"channel":"email","template":"overdue","multi_template":"overdue-many","attach_invoices":false,"assign_to":"team","min_past_due":{},"days":"calendar","round":"none","repeat_every":null,"repeat_limit":null},{"step":"text","clock":"past_due_age","day":12,"channel":"sms","template":"overdue","multi_template":"overdue-many","attach_invoices":false,"assign_to":"team","min_past_due":{},"days":"calendar","round":"none","repeat_every":null,"repeat_limit":null},{"step":"robot","clock":"past_due_age","day":20,"channel":"auto_call","template":"overdue","multi_template":"overdue-many","attach_invoices":false,"assign_to":"team","min_past_due":{},"days":"calendar","round":"none","repeat_every":null,"repeat_limit":null},{"step":"final","clock":"past_due_age","day":30,"channel":"email","template":"final-notice","multi_template":null,"attach_invoices":false,"assign_to":"team","min_past_due":{},"days":"calendar","round":"none","repeat_every":null,"repeat_limit":null}]}','2026-03-18');
CREATE TABLE claims (
	unit_step_id VARCHAR(32) NOT NULL, 
	action_id VARCHAR(32) NOT NULL, 
	customer_number TEXT NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	invoice_reference TEXT NOT NULL, 
	cadence TEXT NOT NULL, 
	step TEXT NOT NULL, 
	cycle_start DATE NOT NULL, 
	repetition INTEGER NOT NULL, 
	PRIMARY KEY (unit_step_id), 
	UNIQUE (customer_number, currency, invoice_reference, cadence, step, cycle_start, repetition), 
	FOREIGN KEY(action_id) REFERENCES dispatches (action_id)
);
INSERT INTO "claims" VALUES('0a1db5414b63bf76c3163c341869d4bb','0a1db5414b63bf76c3163c341869d4bb','C1007','EUR','','net30-standard','statement','2026-01-22',0);
INSERT INTO "claims" VALUES('bdaada2c377a5ee9c6e6f2c7fb4d9b47','bdaada2c377a5ee9c6e6f2c7fb4d9b47','C1015','USD','','small-balances','text','2026-02-18',0);
INSERT INTO "claims" VALUES('50340008d4fc80580ef365320b34e972','50340008d4fc80580ef365320b34e972','C1016','GBP','','small-balances','reminder','2026-02-26',0);
INSERT INTO "claims" VALUES('f77ab00d3623ce2f1f0698ca072961a7','f77ab00d3623ce2f1f0698ca072961a7','C1017','EUR','','net30-standard','statement','2026-01-25',0);
INSERT INTO "claims" VALUES('0893623d98d997ffb2cc02c023a74134','0893623d98d997ffb2cc02c023a74134','C1020','GBP','','net30-standard','reminder','2026-02-13',0);
INSERT INTO "claims" VALUES('07aae651e900cbf3ea3a7e395c4a7ea0','07aae651e900cbf3ea3a7e395c4a7ea0','C1034','USD','','key-accounts','courtesy-call','2026-01-21',0);
INSERT INTO "claims" VALUES('185764e3671de772bd8711c64d5ccd8a','185764e3671de772bd8711c64d5ccd8a','C1038','CAD','','key-accounts','director','2025-09-06',0);
INSERT INTO "claims" VALUES('41bef52fced3f9decba323f773955013','41bef52fced3f9decba323f773955013','C1053','GBP','','small-balances','due-soon','2026-03-05',0);
INSERT INTO "claims" VALUES('0b084f7904fcdd53449dcbf9c7a8588c','0b084f7904fcdd53449dcbf9c7a8588c','C1055','EUR','','small-balances','robot','2026-02-09',0);
CREATE TABLE dispatches (
	action_id VARCHAR(32) NOT NULL, 
	action_date DATE NOT NULL, 
	first_owed_on DATE NOT NULL, 
	state VARCHAR(10) NOT NULL, 
	channel VARCHAR(20) NOT NULL, 
	customer_number TEXT NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	invoice_numbers TEXT NOT NULL, 
	cadence TEXT NOT NULL, 
	step TEXT NOT NULL, 
	owner VARCHAR(32), 
	attempt INTEGER NOT NULL, 
	payload_sha256 VARCHAR(64), 
	provider_id TEXT, 
	carried_out_on DATE, 
	is_contact BOOLEAN NOT NULL, 
	changed_at DATETIME NOT NULL, 
	PRIMARY KEY (action_id)
);
INSERT INTO "dispatches" VALUES('0a1db5414b63bf76c3163c341869d4bb','2026-03-18','2026-03-18','sent','letter','C1007','EUR','["INV-1007-02"]','net30-standard','statement','ceb7f743ae1e485a9c18bd01db15ca74',1,'97eb700336dad07d02f4167bef65bc5cd4dc5248da52520a65c7bf469484181a','2026-03-18/letter/C1007-statement-0a1db5414b63bf76c3163c341869d4bb.html','2026-03-18',1,'2026-03-18 08:20:20.940255');
INSERT INTO "dispatches" VALUES('bdaada2c377a5ee9c6e6f2c7fb4d9b47','2026-03-18','2026-03-18','failed','sms','C1015','USD','["INV-1015-03"]','small-balances','text','ceb7f743ae1e485a9c18bd01db15ca74',1,'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',NULL,'2026-03-18',0,'2026-03-18 08:20:20.990208');
INSERT INTO "dispatches" VALUES('50340008d4fc80580ef365320b34e972','2026-03-18','2026-03-18','failed','email','C1016','GBP','["INV-1016-03"]','small-balances','reminder','ceb7f743ae1e485a9c18bd01db15ca74',1,'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',NULL,'2026-03-18',0,'2026-03-18 08:20:20.997375');
INSERT INTO "dispatches" VALUES('f77ab00d3623ce2f1f0698ca072961a7','2026-03-18','2026-03-18','failed','letter','C1017','EUR','["INV-1017-03"]','net30-standard','statement','ceb7f743ae1e485a9c18bd01db15ca74',1,'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',NULL,'2026-03-18',0,'2026-03-18 08:20:21.012660');
INSERT INTO "dispatches" VALUES('0893623d98d997ffb2cc02c023a74134','2026-03-18','2026-03-18','sending','email','C1020','GBP','["INV-1020-03"]','net30-standard','reminder','ceb7f743ae1e485a9c18bd01db15ca74',1,'6ebe8356fc647657cb0f3bc9f316d0ef6076621b24575c3cabb10518e9a490c2',NULL,NULL,1,'2026-03-18 08:20:21.069304');
INSERT INTO "dispatches" VALUES('07aae651e900cbf3ea3a7e395c4a7ea0','2026-03-18','2026-03-18','todo','phone_call','C1034','USD','["INV-1034-04", "INV-1034-05", "INV-1034-06"]','key-accounts','courtesy-call','ceb7f743ae1e485a9c18bd01db15ca74',1,'667b5eddf8bc37c81c8aea7385ec328ed4b54fe5ebd2260ab6776e94d8b24697',NULL,'2026-03-18',1,'2026-03-18 08:20:21.243843');
INSERT INTO "dispatches" VALUES('185764e3671de772bd8711c64d5ccd8a','2026-03-18','2026-03-18','todo','escalate','C1038','CAD','["INV-1038-04", "INV-1038-05"]','key-accounts','director','ceb7f743ae1e485a9c18bd01db15ca74',1,'9e548ff12045af5390e69b75959ed5fac8eb3ca461d7343bd8a6aa6338cb60b9',NULL,'2026-03-18',0,'2026-03-18 08:20:21.290536');
INSERT INTO "dispatches" VALUES('41bef52fced3f9decba323f773955013','2026-03-18','2026-03-18','sent','sms','C1053','GBP','["INV-1053-03"]','small-balances','due-soon','ceb7f743ae1e485a9c18bd01db15ca74',1,'7a1212e9a0aee5507c499bdd6cafc800e014a83d60295648c9e194eb24bcb338','2026-03-18/sms/C1053-due-soon-41bef52fced3f9decba323f773955013.json','2026-03-18',1,'2026-03-18 08:20:21.458940');
INSERT INTO "dispatches" VALUES('0b084f7904fcdd53449dcbf9c7a8588c','2026-03-18','2026-03-18','sent','auto_call','C1055','EUR','["INV-1055-03", "INV-1055-04"]','small-balances','robot','ceb7f743ae1e485a9c18bd01db15ca74',1,'fcc5f77f108ab9410f5beaf51cb5dc733a139fdeffa9efbe7cfe310dda4bb8c0','2026-03-18/auto_call/C1055-robot-0b084f7904fcdd53449dcbf9c7a8588c.json','2026-03-18',1,'2026-03-18 08:20:21.521011');
CREATE TABLE enrolments (
	customer_number TEXT NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	invoice_reference TEXT NOT NULL, 
	cadence TEXT NOT NULL, 
	enrolled_on DATE NOT NULL, 
	version INTEGER NOT NULL, 
	cycle_start DATE NOT NULL, 
	stopped_on DATE, 
	PRIMARY KEY (customer_number, currency, invoice_reference, cadence, enrolled_on)
);
INSERT INTO "enrolments" VALUES('C1007','EUR','','net30-standard','2026-03-18',1,'2026-01-22',NULL);
INSERT INTO "enrolments" VALUES('C1015','USD','','small-balances','2026-03-18',1,'2026-02-18',NULL);
INSERT INTO "enrolments" VALUES('C1016','GBP','','small-balances','2026-03-18',1,'2026-02-26',NULL);
INSERT INTO "enrolments" VALUES('C1017','EUR','','net30-standard','2026-03-18',1,'2026-01-25',NULL);
INSERT INTO "enrolments" VALUES('C1020','GBP','','net30-standard','2026-03-18',1,'2026-02-13',NULL);
INSERT INTO "enrolments" VALUES('C1034','USD','','key-accounts','2026-03-18',1,'2026-01-21',NULL);
INSERT INTO "enrolments" VALUES('C1038','CAD','','key-accounts','2026-03-18',1,'2025-09-06',NULL);
INSERT INTO "enrolments" VALUES('C1053','GBP','','small-balances','2026-03-18',1,'2026-03-05',NULL);
INSERT INTO "enrolments" VALUES('C1055','EUR','','small-balances','2026-03-18',1,'2026-02-09',NULL);
CREATE TABLE missed_steps (
	customer_number TEXT NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	invoice_reference TEXT NOT NULL, 
	cadence TEXT NOT NULL, 
	step TEXT NOT NULL, 
	missed_on DATE NOT NULL, 
	PRIMARY KEY (customer_number, currency, invoice_reference, cadence, step, missed_on)
);
INSERT INTO "missed_steps" VALUES('C1038','CAD','','key-accounts','courtesy-call','2026-03-18');
INSERT INTO "missed_steps" VALUES('C1055','EUR','','small-balances','due-soon','2026-03-18');
INSERT INTO "missed_steps" VALUES('C1016','GBP','','small-balances','due-soon','2026-03-18');
INSERT INTO "missed_steps" VALUES('C1015','USD','','small-balances','due-soon','2026-03-18');
INSERT INTO "missed_steps" VALUES('C1020','GBP','','net30-standard','due-soon','2026-03-18');
INSERT INTO "missed_steps" VALUES('C1017','EUR','','net30-standard','due-soon','2026-03-18');
INSERT INTO "missed_steps" VALUES('C1007','EUR','','net30-standard','due-soon','2026-03-18');
CREATE TABLE releases (
	day DATE NOT NULL, 
	stop VARCHAR(20) NOT NULL, 
	released_by TEXT NOT NULL, 
	released_at DATETIME NOT NULL, 
	PRIMARY KEY (day, stop)
);
INSERT INTO "releases" VALUES('2026-03-18','quarantine','Jane Doe','2026-03-18 08:20:35.746300');
CREATE TABLE run_days (
	day DATE NOT NULL, 
	action_count INTEGER NOT NULL, 
	PRIMARY KEY (day)
);
INSERT INTO "run_days" VALUES('2026-03-18',44);
CREATE TABLE todos (
	number INTEGER NOT NULL, 
	action_id VARCHAR(32), 
	state VARCHAR(10) NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	customer_number TEXT, 
	currency VARCHAR(3), 
	assigned_to TEXT NOT NULL, 
	title TEXT NOT NULL, 
	detail TEXT NOT NULL, 
	created_on DATE NOT NULL, 
	closed_on DATE, 
	outcome TEXT, 
	PRIMARY KEY (number), 
	UNIQUE (action_id)
);
INSERT INTO "todos" VALUES(2,'bdaada2c377a5ee9c6e6f2c7fb4d9b47','open','mend_contact','C1015','USD','team','Mend the contact of Dusty Spur Feed & Tack (C1015) for sms','Step text of cadence small-balances. Due since 2026-03-16: the oldest invoice is 14 days past due, but every contact has opted out of sms; somebody must find another way.','2026-03-18',NULL,NULL);
INSERT INTO "todos" VALUES(3,'50340008d4fc80580ef365320b34e972','open','mend_contact','C1016','GBP','team','Mend the contact of Owl Barn Joinery (C1016) for email','Step reminder of cadence small-balances. Due since 2026-03-17: the oldest invoice is 6 days past due, but no contact has what the channel email needs; somebody must mend the contact.','2026-03-18',NULL,NULL);
INSERT INTO "todos" VALUES(4,'f77ab00d3623ce2f1f0698ca072961a7','open','mend_contact','C1017','EUR','team','Mend the contact of Ateliers de la Marée Haute SAS (C1017) for letter','Step statement of cadence net30-standard. Due since 2026-03-16: the oldest invoice is 22 days past due, but no contact has what the channel letter needs; somebody must mend the contact.','2026-03-18',NULL,NULL);
INSERT INTO "todos" VALUES(8,'07aae651e900cbf3ea3a7e395c4a7ea0','open','phone_call','C1034','USD','ines@harbour-vale.example','Call Dexter Applegarth, Great Heron Stores Inc. (C1034): 22,433.57 USD open','Customer: Great Heron Stores Inc. (C1034)
Contact: Dexter Applegarth
Phone: +1 212-555-0183
Balance: 22,433.57 USD
Past due: 0.00 USD
Payment terms: NET 60
Cadence: key-accounts, step courtesy-call

Invoices:
- INV-1034-04: 3,485.78 USD open, due Mar 22, 2026
- INV-1034-05: 4,445.76 USD open, due Apr 3, 2026
- INV-1034-06: 14,502.03 USD open, due Apr 13, 2026','2026-03-18',NULL,NULL);
INSERT INTO "todos" VALUES(9,'185764e3671de772bd8711c64d5ccd8a','open','escalate','C1038','CAD','director@harbour-vale.example','Escalated: Boreal Lodge Resorts Inc. (C1038): 16,275.99 CAD past due','Customer: Boreal Lodge Resorts Inc. (C1038)
Balance: 16,275.99 CAD
Past due: 16,275.99 CAD, the oldest by 33 days
Payment terms: NET 60
Cadence: key-accounts, step director

Invoices:
- INV-1038-04: 6,293.58 CAD open, due Feb 13, 2026 (33 days past due)
- INV-1038-05: 9,982.41 CAD open, due Feb 23, 2026 (23 days past due)','2026-03-18',NULL,NULL);
CREATE INDEX dispatches_by_state ON dispatches (state, action_date);
CREATE INDEX activities_by_day ON activities (activity_date);
CREATE INDEX activities_by_customer ON activities (customer_number);
CREATE INDEX todos_by_state ON todos (state, assigned_to);
CREATE INDEX claims_by_action ON claims (action_id);
COMMIT;
