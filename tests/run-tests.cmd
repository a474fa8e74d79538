@echo off
rem SPDX-License-Identifier: LGPL-2.1-or-later
rem
rem Runs the test programs beside this file, or those named, and shows a summary.
rem     run-tests.cmd [program.exe ...]
rem Programs which other tests start are named in helpers.txt and not run by themselves.
rem The output of each is kept as results\NAME.tap. The exit code is 1 if a program failed.
rem A test program ends with code 0 only after its last test, none having failed.

setlocal
set here=%~dp0
set results=%CD%\results
set /a passed=0
set /a failed=0
set /a skipped=0
if not exist "%results%" mkdir "%results%"

if not "%~1"=="" goto named
for /r "%here%" %%f in (*.exe) do call :consider "%%f"
goto summary

:named
call :run "%~f1"
shift
if not "%~1"=="" goto named

:summary
echo.
echo %passed% passed, %failed% failed, %skipped% skipped
if %failed% gtr 0 exit /b 1
exit /b 0

:consider
if not exist "%here%helpers.txt" goto run
set helper=
for /f "usebackq" %%h in ("%here%helpers.txt") do if /i "%%h"=="%~nx1" set helper=1
if "%helper%"=="1" goto :eof

:run
set name=%~n1
set tap=%results%\%name%.tap
set scratch=%TEMP%\concierge-%name%-%RANDOM%
mkdir "%scratch%"
pushd "%scratch%"
"%~f1" >"%tap%"
set code=%ERRORLEVEL%
popd
rmdir /s /q "%scratch%"
if not "%code%"=="0" goto bad
find "1..0 # SKIP" "%tap%" >nul 2>nul
if not errorlevel 1 goto none
set /a passed=passed+1
echo passed   %name%
goto :eof

:none
set /a skipped=skipped+1
echo skipped  %name%
goto :eof

:bad
set /a failed=failed+1
echo FAILED   %name% (exit code %code%)
find "not ok" "%tap%"
goto :eof
